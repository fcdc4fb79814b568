/* command.h - From a command's template and arguments to an argv.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * "{name}" in an item of argv is filled with the argument of that name,
 * within its one item: no value makes two items, or leaves one out.  "{{"
 * and "}}" stand for one brace.  There is no other syntax, and no shell.
 * decide and act both resolve: what is shown and approved is what runs.  */

#ifndef POSTERN_COMMAND_H
#define POSTERN_COMMAND_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "config.h"
#include "../../common/wire/request.h"

#define COMMAND_MAX_VALUE 1024  /* Bytes of one argument.  */
#define COMMAND_MAX_ARGV 16384  /* Bytes of all items and their NULs.  */

/* What templates can tell of a hook, or of a command that rules run.  */
enum command_fact
  {
    COMMAND_EVENT,              /* "open", "close", ... */
    COMMAND_HOST,
    COMMAND_USER,
    COMMAND_SOURCE,
    COMMAND_ADDRESS,
    COMMAND_PORTS,
    COMMAND_RULE,               /* Or the command.  */
    COMMAND_REQUEST,            /* Short id.  */
    COMMAND_REASON,
    COMMAND_N_FACTS
  };

/* Compile PATTERN (POSIX extended); the codes of regcomp.  */
int command_compile (regex_t *regex, const char *pattern);

/* The one form of a decimal integer in range.  */
gpg_error_t command_integer (const char *text, int64_t *r_value);

/* True if VALUE is one that ARG may be; else *R_WHY is a constant text.
   That a file is there, and below its folder, is act's to see.  */
bool command_value_fits (const struct config_arg *arg, const char *value,
                         const char **r_why);

/* The same of the line that a free-form command runs.  */
bool command_line_fits (const char *line, const char **r_why);

/* Check that COMMAND's templates and args fit together.  *R_WHY is to be
   freed.  GPG_ERR_INV_VALUE.  */
gpg_error_t command_check_templates (const struct config_command *command,
                                     char **r_why);

/* The same of templates that facts are filled into.  LASTING: only those
   that hold for as long as a grant does, and are the same for all who
   renew it.  */
gpg_error_t command_check_facts (const struct strlist *templates,
                                 bool lasting, char **r_why);

/* Fill the template of COMMAND with the N arguments at ARG into ARGV (empty
   before), to be released with strlist_release.  GPG_ERR_INV_ARG with
   *R_WHY, to be freed: which argument does not fit, and why.  */
gpg_error_t command_resolve (const struct config_command *command,
                             const struct request_arg *arg, size_t n,
                             struct strlist *argv, char **r_why);

/* The value of the command's ARG among the N at GIVEN, or its default;
   NULL: neither.  */
const char *command_value (const struct config_arg *arg,
                           const struct request_arg *given, size_t n);

/* What a command with "stdin = 'args'" reads: a line "name=value" for each
   of its args, in their order.  *R_TEXT is to be freed.  */
gpg_error_t command_input (const struct config_command *command,
                           const struct request_arg *given, size_t n,
                           char **r_text, size_t *r_len);

/* Fill such TEMPLATES; FACT has COMMAND_N_FACTS texts, NULL for an empty
   one.  */
gpg_error_t command_resolve_facts (const struct strlist *templates,
                                   const char *const *fact,
                                   struct strlist *argv);

/* ARGV as one line that a shell would read to the same items; for people.
   To be freed; NULL with errno.  */
char *command_print (const struct strlist *argv);

#endif /*POSTERN_COMMAND_H*/
