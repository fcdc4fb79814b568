/* config-parts.h - What the files of the module config share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * conf-files reads files and looks at their modes, conf-scan finds what
 * stands in them, conf-parse hands each value to the grammar's handlers,
 * config-doors reads the keys of the doors, and config puts all of it
 * together.  */

#ifndef POSTERN_CONFIG_PARTS_H
#define POSTERN_CONFIG_PARTS_H

#include "config.h"
#include "../../common/base/array.h"
#include "../../common/conf/conf.h"

/* Options that rules and commands share; OBJECT is a config_rule.  */
gpg_error_t config_take_group (const struct conf_place *place,
                               void *object, const char *text);
gpg_error_t config_take_user (const struct conf_place *place,
                              void *object, const char *text);
gpg_error_t config_take_from (const struct conf_place *place,
                              void *object, const char *text);
gpg_error_t config_take_hours (const struct conf_place *place,
                               void *object, const char *text);
gpg_error_t config_take_observed (const struct conf_place *place,
                                  void *object, const char *text);
gpg_error_t config_take_require (const struct conf_place *place,
                                 void *object, const char *text);

/* In config-trusted.c: an item of "trusted"; OBJECT is a config_t.  */
gpg_error_t config_take_trusted (const struct conf_place *place,
                                 void *object, const char *text);
void config_trusted_release (struct config_trusted *trusted);

/* In config-approval.c: the same for the two-person rule.  */
gpg_error_t config_take_approvals (const struct conf_place *place,
                                   void *object, const char *text);
gpg_error_t config_take_approvers (const struct conf_place *place,
                                   void *object, const char *text);
gpg_error_t config_take_approval_time (const struct conf_place *place,
                                       void *object, const char *text);
gpg_error_t config_take_approvers_require (const struct conf_place *place,
                                           void *object, const char *text);
gpg_error_t config_take_emergency (const struct conf_place *place,
                                   void *object, const char *text);
gpg_error_t config_finish_approval (const struct conf_place *place,
                                    struct config_rule *rule);
void config_approval_release (struct config_approval *approval);

/* In config-command.c: the sections "command" and "hook", and what
   belongs to them at the top of access.conf.  */
extern const struct conf_option config_command_options[];
extern const struct conf_section config_command_sections[];
extern const struct conf_option config_hook_options[];
gpg_error_t config_begin_command (const struct conf_place *place,
                                  void *root, const char *title,
                                  void **r_object);
gpg_error_t config_finish_command (const struct conf_place *place,
                                   void *root, void *object);
gpg_error_t config_begin_hook (const struct conf_place *place,
                               void *root, const char *title,
                               void **r_object);
gpg_error_t config_finish_hook (const struct conf_place *place,
                                void *root, void *object);
gpg_error_t config_take_on_open (const struct conf_place *place,
                                 void *object, const char *text);
gpg_error_t config_take_on_close (const struct conf_place *place,
                                  void *object, const char *text);
gpg_error_t config_take_on_refused (const struct conf_place *place,
                                    void *object, const char *text);
gpg_error_t config_take_on_pending (const struct conf_place *place,
                                    void *object, const char *text);
gpg_error_t config_take_notify (const struct conf_place *place,
                                void *object, const char *text);
/* What PROGRAM holds, not itself.  */
void config_program_release (struct config_program *program);
void config_command_release (struct config_command *command);
void config_hook_release (struct config_hook *hook);

/* In config-backend.c: the commands that open and close what a rule
   grants, elsewhere than in our table.  */
gpg_error_t config_take_open_command (const struct conf_place *place,
                                      void *object, const char *text);
gpg_error_t config_take_close_command (const struct conf_place *place,
                                       void *object, const char *text);
gpg_error_t config_backend_finish_rule (const struct conf_place *place,
                                        const struct config_rule *rule);
/* COMMAND is for nobody.  */
gpg_error_t config_backend_finish_command (const struct conf_place *place,
                                           const struct config_command
                                           *command);
/* Do rules and commands fit each other?  */
gpg_error_t config_backend_check (const struct conf_place *place,
                                  config_t config);

extern const struct conf_grammar config_grammar_posternd;
extern const struct conf_grammar config_grammar_server;
extern const struct conf_grammar config_grammar_doors;
extern const struct conf_grammar config_grammar_access;
extern const struct conf_grammar config_grammar_users;

/* In config-ldap.c: the section "ldap", and what it asks of its files.  */
extern const struct conf_option config_ldap_options[];
gpg_error_t config_ldap_begin (const struct conf_place *place,
                               void *root, const char *title,
                               void **r_object);
gpg_error_t config_ldap_finish (const struct conf_place *place,
                                void *root, void *object);
gpg_error_t config_ldap_check_files (const struct config_ldap *ldap,
                                     char **r_message);
void config_ldap_release (struct config_ldap *ldap);

/* The value of "require", and whether CONFIG has what it names; WHAT and
   NAME are those of the section.  */
gpg_error_t config_require_take (const struct conf_place *place,
                                 const char *text,
                                 struct config_require *require);
gpg_error_t config_require_check (const struct conf_place *place,
                                  config_t config, const char *what,
                                  const char *name,
                                  const struct config_require *require);

/* Read the keys of the doors that CONFIG has, for whether they are there,
   and when those before them end.  */
gpg_error_t config_doors_check (config_t config, char **r_message);

#endif /*POSTERN_CONFIG_PARTS_H*/
