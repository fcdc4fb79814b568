/* config-parts.h - What the files of the module config share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * config-files reads files and looks at their modes, config-scan looks for
 * what libConfuse would let through, config-parse lets libConfuse read and
 * hands each value to config-values or to the grammar's own handlers,
 * config-doors reads the keys of the doors, and config puts all of it
 * together.  */

#ifndef POSTERN_CONFIG_PARTS_H
#define POSTERN_CONFIG_PARTS_H

#include "config.h"

#define CONFIG_MAX_FILE (1024 * 1024)
#define CONFIG_MAX_SECTIONS 4096        /* In one file.  */
#define CONFIG_MAX_KEYWORD 31

/* Where something stands, for a message; LINE 0: the file as a whole.  */
struct config_place
{
  const char *file;
  unsigned int line;
  const char *option;           /* NULL: none.  */
  char **r_message;             /* May be NULL.  */
};

/* Give back GPG_ERR_INV_VALUE with "FILE:LINE: OPTION: text".  */
gpg_error_t config_fail (const struct config_place *place,
                         const char *format, ...) GPGRT_ATTR_PRINTF (2, 3);
/* The same for any error.  */
gpg_error_t config_fail_with (gpg_error_t err,
                              const struct config_place *place,
                              const char *format, ...)
  GPGRT_ATTR_PRINTF (3, 4);


/* Takes one value, or one item of a list, into OBJECT.  */
typedef gpg_error_t (*config_take_t) (const struct config_place *place,
                                      void *object, const char *text);

/* The head of such a function.  */
#define TAKE(name)                                                      \
  static gpg_error_t                                                    \
  take_ ## name (const struct config_place *place, void *object,        \
                 const char *text)

struct config_option
{
  const char *name;             /* NULL ends a table.  */
  bool list;
  config_take_t take;
};

struct config_section
{
  const char *name;             /* NULL ends a table.  */
  const struct config_option *options;
  gpg_error_t (*begin) (const struct config_place *place, config_t config,
                        const char *title, void **r_object);
  gpg_error_t (*finish) (const struct config_place *place, config_t config,
                         void *object);  /* NULL: all of it is good.  */
  bool single;                  /* Stands once at most, and has no title:
                                   that of BEGIN is NULL.  */
  const struct config_section *sections; /* Within it, one level; NULL:
                                   none.  */
};

struct config_grammar
{
  const char *file;             /* Which file has it, for a hint.  */
  const struct config_option *options;
  const struct config_section *sections;
  const struct config_grammar *other;   /* For the same hint.  */
};

/* Options that rules and commands share; OBJECT is a config_rule.  */
gpg_error_t config_take_group (const struct config_place *place,
                               void *object, const char *text);
gpg_error_t config_take_user (const struct config_place *place,
                              void *object, const char *text);
gpg_error_t config_take_from (const struct config_place *place,
                              void *object, const char *text);
gpg_error_t config_take_hours (const struct config_place *place,
                               void *object, const char *text);
gpg_error_t config_take_observed (const struct config_place *place,
                                  void *object, const char *text);
gpg_error_t config_take_require (const struct config_place *place,
                                 void *object, const char *text);

/* In config-trusted.c: an item of "trusted"; OBJECT is a config_t.  */
gpg_error_t config_take_trusted (const struct config_place *place,
                                 void *object, const char *text);
void config_trusted_release (struct config_trusted *trusted);

/* In config-approval.c: the same for the two-person rule.  */
gpg_error_t config_take_approvals (const struct config_place *place,
                                   void *object, const char *text);
gpg_error_t config_take_approvers (const struct config_place *place,
                                   void *object, const char *text);
gpg_error_t config_take_approval_time (const struct config_place *place,
                                       void *object, const char *text);
gpg_error_t config_take_approvers_require (const struct config_place *place,
                                           void *object, const char *text);
gpg_error_t config_take_emergency (const struct config_place *place,
                                   void *object, const char *text);
gpg_error_t config_finish_approval (const struct config_place *place,
                                    struct config_rule *rule);
void config_approval_release (struct config_approval *approval);

/* In config-command.c: the sections "command" and "hook", and what
   belongs to them at the top of access.conf.  */
extern const struct config_option config_command_options[];
extern const struct config_section config_command_sections[];
extern const struct config_option config_hook_options[];
gpg_error_t config_begin_command (const struct config_place *place,
                                  config_t config, const char *title,
                                  void **r_object);
gpg_error_t config_finish_command (const struct config_place *place,
                                   config_t config, void *object);
gpg_error_t config_begin_hook (const struct config_place *place,
                               config_t config, const char *title,
                               void **r_object);
gpg_error_t config_finish_hook (const struct config_place *place,
                                config_t config, void *object);
gpg_error_t config_take_on_open (const struct config_place *place,
                                 void *object, const char *text);
gpg_error_t config_take_on_close (const struct config_place *place,
                                  void *object, const char *text);
gpg_error_t config_take_on_refused (const struct config_place *place,
                                    void *object, const char *text);
gpg_error_t config_take_on_pending (const struct config_place *place,
                                    void *object, const char *text);
gpg_error_t config_take_notify (const struct config_place *place,
                                void *object, const char *text);
/* What PROGRAM holds, not itself.  */
void config_program_release (struct config_program *program);
void config_command_release (struct config_command *command);
void config_hook_release (struct config_hook *hook);

/* In config-backend.c: the commands that open and close what a rule
   grants, elsewhere than in our table.  */
gpg_error_t config_take_open_command (const struct config_place *place,
                                      void *object, const char *text);
gpg_error_t config_take_close_command (const struct config_place *place,
                                       void *object, const char *text);
gpg_error_t config_backend_finish_rule (const struct config_place *place,
                                        const struct config_rule *rule);
/* COMMAND is for nobody.  */
gpg_error_t config_backend_finish_command (const struct config_place *place,
                                           const struct config_command
                                           *command);
/* Do rules and commands fit each other?  */
gpg_error_t config_backend_check (const struct config_place *place,
                                  config_t config);

extern const struct config_grammar config_grammar_posternd;
extern const struct config_grammar config_grammar_server;
extern const struct config_grammar config_grammar_doors;
extern const struct config_grammar config_grammar_access;
extern const struct config_grammar config_grammar_users;

/* In config-ldap.c: the section "ldap", and what it asks of its files.  */
extern const struct config_option config_ldap_options[];
gpg_error_t config_ldap_begin (const struct config_place *place,
                               config_t config, const char *title,
                               void **r_object);
gpg_error_t config_ldap_finish (const struct config_place *place,
                                config_t config, void *object);
gpg_error_t config_ldap_check_files (const struct config_ldap *ldap,
                                     char **r_message);
void config_ldap_release (struct config_ldap *ldap);

/* The value of "require", and whether CONFIG has what it names; WHAT and
   NAME are those of the section.  */
gpg_error_t config_require_take (const struct config_place *place,
                                 const char *text,
                                 struct config_require *require);
gpg_error_t config_require_check (const struct config_place *place,
                                  config_t config, const char *what,
                                  const char *name,
                                  const struct config_require *require);


#define CONFIG_MAX_DEPTH 2      /* A section within a section.  */

/* What config_scan found: sections, options and values in their order.  */
struct config_mark
{
  unsigned int line;
  const struct config_section *section; /* Begins here.  */
  const struct config_option *option;   /* Begins here; else a value.  */
  unsigned int depth;           /* Sections that it stands in.  */
  const char *title;            /* Of the section; within the text.  */
  size_t titlelen;
  /* Of sections and options, for who changes a file: the text from START,
     where the keyword begins, up to END, behind what it is given, which
     begins at VALUE.  */
  size_t start, value, end;
};

struct config_marks
{
  size_t n;
  struct config_mark *mark;
};

/* Look at TEXT (of LEN bytes and a NUL) as libConfuse will, and refuse
   what it would take silently: repeated options, expanding variables,
   stray characters.  Comments become blanks.  MARKS is to be released by
   the caller (free (marks->mark)), on failure as well.  */
gpg_error_t config_scan (const char *file, char *text, size_t len,
                         const struct config_grammar *grammar,
                         struct config_marks *marks, char **r_message);

/* The name in TABLE that is nearest to NAME, if any is near; the tables
   are a grammar's or a section's.  */
const char *config_scan_nearest (const char *name,
                                 const struct config_option *options,
                                 const struct config_section *sections);

/* Scan and parse TEXT, which is changed, into CONFIG.  */
gpg_error_t config_parse (const char *file, char *text, size_t len,
                          const struct config_grammar *grammar,
                          config_t config, char **r_message);
/* The same, of the LEN bytes at TEXT, which stay as they are.  */
gpg_error_t config_parse_copy (const char *file, const void *text,
                               size_t len,
                               const struct config_grammar *grammar,
                               config_t config, char **r_message);


/* Strict readers of values.  */
gpg_error_t config_value_number (const struct config_place *place,
                                 const char *text, unsigned long long least,
                                 unsigned long long most,
                                 unsigned long long *r_value);
/* "64k", "16M", "2G", or bytes.  */
gpg_error_t config_value_size (const struct config_place *place,
                               const char *text, unsigned long long least,
                               unsigned long long most,
                               unsigned long long *r_value);
/* "20, 2/s", or "none".  */
gpg_error_t config_value_rate (const struct config_place *place,
                               const char *text,
                               struct config_rate *r_rate);
gpg_error_t config_value_bool (const struct config_place *place,
                               const char *text, bool *r_value);
gpg_error_t config_value_duration (const struct config_place *place,
                                   const char *text, unsigned int least,
                                   unsigned int most, unsigned int *r_secs);
/* Unix seconds, or "2027-01-31": the begin of that day, UTC.  */
gpg_error_t config_value_time (const struct config_place *place,
                               const char *text, uint64_t *r_time);
gpg_error_t config_value_fpr (const struct config_place *place,
                              const char *text,
                              char fpr[NETSPEC_FPRLEN + 1]);
/* An absolute path with nothing to resolve in it.  */
gpg_error_t config_value_path (const struct config_place *place,
                               const char *text, size_t most, char **r_path);
/* A name (names match NETSPEC's pattern) to the end of LIST; a repeated
   one is refused.  */
gpg_error_t config_value_name (const struct config_place *place,
                               const char *text, struct config_list *list);
/* Any string likewise; at most MOST items.  */
gpg_error_t config_value_string (const struct config_place *place,
                                 const char *text, size_t most,
                                 struct config_list *list);
/* Make room for one more element behind the N of SIZE bytes at *R_ARRAY,
   which begins as NULL.  The new one is zeroed.  */
gpg_error_t config_value_grow (void *r_array, size_t n, size_t size);


/* Open a folder (relative to FROM, or AT_FDCWD) and check who may write
   it.  PATH is what messages call it.  A missing one is GPG_ERR_ENOENT.  */
gpg_error_t config_files_open_dir (int from, const char *name,
                                   const char *path, int *r_fd,
                                   char **r_message);

/* Open the file NAME of DIRFD to read and check who may write it, and with
   SECRET who may read it.  */
gpg_error_t config_files_open (int dirfd, const char *name, bool secret,
                               const struct config_place *place, int *r_fd);

/* Read a text file of DIRFD.  *R_TEXT has a NUL behind it; free.  */
gpg_error_t config_files_read (int dirfd, const char *name,
                               const char *path, char **r_text,
                               size_t *r_len, char **r_message);

/* Read the secret file NAME of DIRFD into BUF; *R_LEN may be SIZE where
   there is more.  */
gpg_error_t config_files_read_secret (int dirfd, const char *name,
                                      const char *path, void *buf,
                                      size_t size, size_t *r_len,
                                      char **r_message);

/* The names in the folder DIRFD that end in ".conf" and do not begin with
   a dot, sorted.  */
gpg_error_t config_files_list (int dirfd, const char *path,
                               struct config_list *r_names,
                               char **r_message);

/* Read the keys of the doors that CONFIG has, for whether they are there,
   and when those before them end.  */
gpg_error_t config_doors_check (config_t config, char **r_message);

/* Free the items of LIST.  */
void config_list_release (struct config_list *list);
/* By the values of their bytes.  */
void config_list_sort (struct config_list *list);

#endif /*POSTERN_CONFIG_PARTS_H*/
