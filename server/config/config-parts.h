/* config-parts.h - What the files of the module config share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * config-grammar has the tables.  Their rows name kinds (config-kinds,
 * config-packets, config-trusted), checks and what finishes a section
 * (config-check, config-command, config-backend, config-approval,
 * config-ldap), none of which knows a table.  config-load reads the files,
 * and config-terms hashes what approvals are bound to, by the tables.  config
 * and config-users look up what was read, and are used by all.  */

#ifndef POSTERN_CONFIG_PARTS_H
#define POSTERN_CONFIG_PARTS_H

#include "config.h"
#include "../../common/base/array.h"
#include "../../common/conf/conf.h"

/* The tables.  */
extern const struct conf_option config_posternd_options[];
extern const struct conf_option config_user_options[];
extern const struct conf_section *const config_rule_section;
extern const struct conf_section *const config_command_section;
extern const struct conf_grammar config_grammar_posternd;
extern const struct conf_grammar config_grammar_server;
extern const struct conf_grammar config_grammar_doors;
extern const struct conf_grammar config_grammar_access;
extern const struct conf_grammar config_grammar_users;

/* Kinds of values; the comment says what the field is.  */
extern const struct conf_kind config_kind_ports;     /* struct port_set  */
extern const struct conf_kind config_kind_protect;   /* All of config_s  */
extern const struct conf_kind config_kind_packets;   /* All of config_s  */
extern const struct conf_kind config_kind_trusted;   /* config_trusted  */
extern const struct conf_kind config_kind_from;      /* All of config_rule */
extern const struct conf_kind config_kind_hours;     /* All of config_rule */
extern const struct conf_kind config_kind_until;     /* All of config_user */
extern const struct conf_kind config_kind_approvers; /* config_approval  */
extern const struct conf_kind config_kind_require;   /* config_require  */
extern const struct conf_kind config_kind_umask;     /* unsigned int  */
/* All of config_arg; LEAST is which kind of arg it makes.  */
extern const struct conf_kind config_kind_arg;
extern const struct conf_kind config_kind_arg_list;
extern const struct conf_kind config_kind_arg_flag;

/* Checks of a value that a kind takes: GPG_ERR_INV_VALUE with a message.
   In config-check.c, config-command.c and config-ldap.c.  */
#define CONFIG_CHECK(name)                                              \
  gpg_error_t                                                           \
  config_check_ ## name (const struct conf_place *place,                \
                         const void *field GPGRT_ATTR_UNUSED,           \
                         const char *text)
CONFIG_CHECK (address);
CONFIG_CHECK (interface);
CONFIG_CHECK (login);
CONFIG_CHECK (argv);
CONFIG_CHECK (env);
CONFIG_CHECK (uri);
CONFIG_CHECK (bind_dn);
CONFIG_CHECK (plain_dn);
CONFIG_CHECK (filter);

/* What a section must say besides; ROOT is the config_t and OBJECT the
   section, whose defaults that depend on others it sets.  Errors likewise.
   In the same files.  */
#define CONFIG_FINISH(name)                                             \
  gpg_error_t                                                           \
  config_finish_ ## name (const struct conf_place *place,               \
                          void *root GPGRT_ATTR_UNUSED, void *object)
CONFIG_FINISH (door);
CONFIG_FINISH (user);
CONFIG_FINISH (rule);
CONFIG_FINISH (command);
CONFIG_FINISH (arg);
CONFIG_FINISH (hook);
CONFIG_FINISH (ldap);

/* In config-grammar.c: free what PROGRAM holds, not itself.  */
void config_program_release (struct config_program *program);

/* In config-users.c: among those whose sections have ended, the user whose name
   or fingerprint, as ORDER says, is TEXT; NULL if there is none.  */
const struct config_user *config_users_find (const struct config_s *config,
                                             enum config_order order,
                                             const char *text);
/* The newest user's section ends: from now on they can be found.  Nobody may
   have their name or fingerprint.  GPG_ERR_ENOMEM.  */
gpg_error_t config_users_enter (config_t config);

/* In config-approval.c: the same for the two-person rule of RULE.  */
gpg_error_t config_finish_approval (const struct conf_place *place,
                                    struct config_rule *rule);

/* In config-backend.c: the commands that open and close what a rule
   grants, elsewhere than in our table.  COMMAND is for nobody.  */
gpg_error_t config_backend_finish_rule (const struct conf_place *place,
                                        const struct config_rule *rule);
gpg_error_t config_backend_finish_command (const struct conf_place *place,
                                           const struct config_command
                                           *command);
/* Do rules and commands fit each other?  */
gpg_error_t config_backend_check (const struct conf_place *place,
                                  config_t config);

/* In config-ldap.c: what the section asks of its files, and whether CONFIG
   has the directory that REQUIRE names; WHAT and NAME are those of the
   section.  */
gpg_error_t config_ldap_check_files (const struct config_ldap *ldap,
                                     char **r_message);
gpg_error_t config_require_check (const struct conf_place *place,
                                  config_t config, const char *what,
                                  const char *name,
                                  const struct config_require *require);

/* In config-doors.c: read the keys of the doors that CONFIG has, for whether
   they are there, and when those before them end.  */
gpg_error_t config_doors_check (config_t config, char **r_message);

#endif /*POSTERN_CONFIG_PARTS_H*/
