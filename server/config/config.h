/* config.h - The server's configuration, read and checked whole.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * doc/posternd.conf.5 and doc/postern-access.conf.5 describe it.
 * Every role reads it for itself while it still may, and then goes by this
 * structure, which nobody changes after config_load.  */

#ifndef POSTERN_CONFIG_H
#define POSTERN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <gpg-error.h>
#include "../../common/base/netspec.h"
#include "../../common/base/strlist.h"
#include "../../common/conf/conf.h"

#define CONFIG_HASHLEN 32
#define CONFIG_MAX_DOORS 8
#define CONFIG_MAX_WORKERS 16
#define CONFIG_MAX_CLAIMS 100000000

enum config_on_stop { CONFIG_STOP_KEEP, CONFIG_STOP_OPEN };
enum config_on_fail { CONFIG_FAIL_SHUT, CONFIG_FAIL_OPEN };

/* Where each decision is told besides the audit.  */
enum config_log_audit { CONFIG_LOG_NONE, CONFIG_LOG_JOURNAL,
  CONFIG_LOG_SYSLOG };

/* A door has a key, and after a rotation for a while the key before.  */
struct config_door
{
  char *name;                   /* Its key is in DIR/doors/NAME.key.  */
  uint64_t ends;                /* Unix seconds; 0: never.  */
  uint64_t previous_ends;       /* Of the key before; 0: there is none.  */
  bool own_file;                /* It stands in DIR/doors/NAME.conf.  */
};

/* A group that somebody is in until ENDS.  */
struct config_until
{
  char *group;
  uint64_t ends;                /* Unix seconds.  */
};

struct config_user
{
  char *name;
  char fpr[NETSPEC_FPRLEN + 1];
  struct strlist groups;    /* Without an end.  */
  size_t n_until;
  struct config_until *until;   /* Of none of GROUPS.  */
  struct strlist logins;    /* Names that "user" may give besides NAME. */
  char *door;                   /* NULL: any.  */
  uint64_t expires;             /* Unix seconds; 0: never.  */
  char *file;                   /* Path of the one where it stands.  */
};

/* The credential that must be right besides the signature.  */
enum config_require_kind
  {
    CONFIG_REQUIRE_NONE,
    CONFIG_REQUIRE_CRYPT,       /* DIR/passwd: see passwd.h.  */
    CONFIG_REQUIRE_SHADOW,      /* The system's own accounts.  */
    CONFIG_REQUIRE_LDAP
  };

struct config_require
{
  enum config_require_kind kind;
  char *ldap;                   /* Name of the section; NULL: none.  */
};

#define CONFIG_CHECK_TIME 5     /* Seconds for one check, if nothing else
                                   is said.  */
#define CONFIG_MAX_LDAPS 16
#define CONFIG_MAX_URIS 8
#define CONFIG_URILEN 300
#define CONFIG_DNLEN 512        /* Also of a filter.  */
#define CONFIG_PATHLEN 1024
#define CONFIG_MAX_OUTPUT (1024u * 1024)  /* Bytes of a command's.  */
#define CONFIG_MAX_PARALLEL 64  /* Of one command at once.  */
#define CONFIG_MAX_TIMEOUT 86400u       /* Seconds that it may run.  */

/* A person is bound by BIND_DN; or, where that is NULL, by the name of the
   one entry that is found below BASE by FILTER.  In either, "{user}" stands
   for the name, which is put in escaped.  */
struct config_ldap
{
  char *name;
  struct strlist uris;      /* Tried in this order.  */
  bool starttls;
  char *ca_file;                /* Read at each check.  */
  char *bind_dn;
  char *base;
  char *filter;
  char *service_dn;             /* Who searches; NULL: nobody in
                                   particular.  */
  char *password_file;          /* Of SERVICE_DN's; read at each check.  */
  char *member_of;              /* A group that the person must be in.  */
  unsigned int timeout;         /* Seconds for one check.  */
};

#define CONFIG_MAX_APPROVALS 8
#define CONFIG_MAX_LISTS 4

/* The two-person rule.  */
struct config_approval
{
  unsigned int n;               /* Signatures besides the asker's; 0: none. */
  size_t n_lists;               /* Each must give one of them...  */
  struct strlist list[CONFIG_MAX_LISTS];    /* ... by these groups.  */
  unsigned int time;            /* Seconds that it waits.  */
  bool require;                 /* Approvers give the credential as well. */
  bool emergency;               /* One may do without, and say why.  */
};

/* A rule, and the terms of a command, which has no ports or times.  */
struct config_rule
{
  char *name;
  struct strlist groups;
  struct strlist users;
  struct port_set ports;
  size_t n_from;
  struct net_prefix *from;      /* N_FROM 0: anywhere.  */
  unsigned int max_time;        /* Seconds.  */
  unsigned int default_time;
  size_t n_hours;
  struct hours *hours;          /* N_HOURS 0: always.  */
  bool observed;
  struct config_require require;
  struct config_approval approval;
  char *open_command;           /* Names of commands; NULL: none.  */
  char *close_command;
};

enum config_arg_kind
  {
    CONFIG_ARG_NONE,
    CONFIG_ARG_MATCH,
    CONFIG_ARG_ENUM,
    CONFIG_ARG_RANGE,
    CONFIG_ARG_ADDRESS,
    CONFIG_ARG_FILE
  };

/* What one argument of a command may be.  */
struct config_arg
{
  char *name;
  enum config_arg_kind kind;
  char *pattern;                /* MATCH: POSIX extended, matched whole.  */
  struct strlist values;    /* ENUM.  */
  int64_t least, most;          /* RANGE.  */
  char *folder;                 /* FILE: it lies below.  */
  bool dash;                    /* It may begin with a '-'.  */
  char *preset;                 /* Where none is given; NULL: one must be. */
};

/* A program and how it is run: of a command or a hook.  */
struct config_program
{
  struct strlist argv;      /* Templates.  */
  char *run_as;
  struct strlist run_groups; /* Supplementary.  */
  char *dir;
  unsigned int umask;
  struct strlist env;       /* "NAME=value".  */
  unsigned int timeout;         /* Seconds.  */
  size_t max_output;            /* Bytes that are kept.  */
  unsigned int max_cpu;         /* Seconds; 0: no limit of its own.  */
  uint64_t max_memory;          /* Bytes; 0: likewise.  */
  unsigned int max_processes;   /* 0: likewise.  */
};

struct config_command
{
  struct config_rule terms;     /* First: its options are a rule's.  */
  struct config_program program;
  size_t n_args;
  struct config_arg *arg;
  bool stdin_args;              /* The arguments go to stdin as well.  */
  unsigned int max_parallel;
  unsigned int cooldown;        /* Seconds between two starts.  */
  bool free_form;               /* SHELL runs a whole line of theirs.  */
  char *shell;
};

/* What is told of, and by which hook.  */
enum config_event
  {
    CONFIG_ON_OPEN,
    CONFIG_ON_CLOSE,
    CONFIG_ON_REFUSED,
    CONFIG_ON_PENDING,
    CONFIG_ON_EMERGENCY,
    CONFIG_N_EVENTS
  };

struct config_hook
{
  char *name;
  struct config_program program;
  unsigned int pause;           /* Least seconds between two starts.  */
};

/* To these no port is shut.  */
struct config_trusted
{
  size_t n_prefixes;
  struct net_prefix *prefix;
  struct strlist interfaces;
};

/* The body of a packet of OpenPGP, of which nothing is known here.  */
#define CONFIG_MAX_PACKET 1100
#define CONFIG_MAX_ENCRYPTION_KEYS 4
struct config_packet
{
  unsigned char *data;
  size_t len;
  char *text;                   /* In base64, as it was given.  */
};

/* What users can be found by.  */
enum config_order { CONFIG_BY_NAME, CONFIG_BY_FPR, CONFIG_ORDERS };

struct config_s
{
  char *dir;                    /* /etc/postern or --config.  */
  char *host;
  struct strlist interfaces;
  uint16_t port;
  size_t n_protect;             /* May be larger than a request's set.  */
  struct port_range *protect;
  struct config_trusted trusted;
  unsigned int max_age;         /* Seconds; 0: no ageing.  */
  unsigned int claims_keep;     /* The newest claims, which stay.  */
  unsigned int max_ahead;
  bool replies;
  unsigned int workers;
  bool open_door;
  enum config_on_stop on_stop;
  enum config_on_fail on_fail;
  unsigned int audit_keep;      /* Seconds; 0: for ever.  */
  enum config_log_audit log_audit;
  uint64_t audit_max;           /* Bytes; 0: no limit.  */
  struct conf_rate rate;      /* Of each person.  */
  struct strlist addresses; /* Public names, for invites.  */
  char *state;                  /* /var/lib/postern.  */
  char *runtime;                /* /run/postern.  */
  char server_fpr[NETSPEC_FPRLEN + 1];
  size_t n_encryption_keys;     /* 0: posternd does not start.  */
  struct config_packet *encryption_key; /* Public subkeys, version 4.  */
  size_t n_doors;
  struct config_door *door;     /* At most CONFIG_MAX_DOORS.  */
  size_t n_ldaps;
  struct config_ldap *ldap;
  size_t n_users;
  struct config_user *user;
  size_t n_ordered;             /* N_USERS once all is read.  */
  uint32_t *order[CONFIG_ORDERS];       /* Numbers of users.  */
  size_t n_rules;
  struct config_rule *rule;
  size_t n_commands;
  struct config_command *command;
  size_t n_hooks;
  struct config_hook *hook;
  char *on_event[CONFIG_N_EVENTS];      /* Names of hooks; NULL: none.  */
  unsigned char hash[CONFIG_HASHLEN];
};
typedef struct config_s *config_t;

/* Read DIR/posternd.conf, DIR/doors/ *.conf, DIR/access.conf and
   DIR/users.d/ *.conf (folders sorted by name) and check all of it, the
   modes of the files as well.  On failure *R_MESSAGE is one line
   "FILE:LINE: what is wrong; what to do", to be freed.  Errors:
   GPG_ERR_INV_VALUE (what stands in a file), GPG_ERR_EPERM (who may touch a
   file) or of the system.  */
gpg_error_t config_load (const char *dir, config_t *r_config,
                         char **r_message);
void config_release (config_t config);

/* Read the key of door number I (as in config->door) into KEY, with the
   checks of a secret's modes.  */
gpg_error_t config_door_key (config_t config, size_t i,
                             unsigned char key[32], char **r_message);

/* The same for the key that it had before, out of doors/NAME.previous;
   *R_ENDS is when that key ends.  GPG_ERR_NOT_FOUND, and no message, where
   there is none.  */
gpg_error_t config_door_previous (config_t config, size_t i,
                                  unsigned char key[32], uint64_t *r_ends,
                                  char **r_message);

/* The number of the door NAME; CONFIG_MAX_DOORS if there is none.  */
size_t config_door_by_name (config_t config, const char *name);

/* What CONFIG would be with TEXT (LEN bytes) as DIR/users.d/NAME.conf,
   which must not be a part of it yet.  On failure CONFIG is as before,
   and *R_MESSAGE and the error as with config_load.  The hash stays.  */
gpg_error_t config_add_user (config_t config, const char *name,
                             const void *text, size_t len,
                             char **r_message);

/* What it would be without the user NAME.  */
void config_drop_user (config_t config, const char *name);

/* End the access of the user NAME with the key FPR at NOW, in Unix seconds,
   unless it has ended before; the hash stays.  GPG_ERR_NOT_FOUND if there is
   none.  */
gpg_error_t config_end_user (config_t config, const char *name,
                             const char *fpr, uint64_t now);

/* These take a logarithmic time: they are asked for each packet.  */
const struct config_user *config_user_by_name (config_t config,
                                               const char *name);
const struct config_user *config_user_by_fpr (config_t config,
                                              const char *fpr);

/* PORT is one of those that CONFIG protects.  */
bool config_is_protected (config_t config, uint8_t proto, unsigned int port);

const struct config_rule *config_rule_by_name (config_t config,
                                               const char *name);

const struct config_command *config_command_by_name (config_t config,
                                                     const char *name);
const struct config_hook *config_hook_by_name (config_t config,
                                               const char *name);

const struct config_ldap *config_ldap_by_name (config_t config,
                                               const char *name);

/* True for a command that is for nobody: only rules run it.  */
bool config_command_is_rules (const struct config_command *command);

/* "crypt", "shadow", "ldap"; "" for none.  */
const char *config_require_name (enum config_require_kind kind);

/* The same as it is written, as "ldap:NAME", in TEXT, which takes
   CONFIG_REQUIRESTRLEN bytes.  Returns TEXT.  */
#define CONFIG_REQUIRESTRLEN (NETSPEC_NAMELEN + 8)
char *config_require_print (const struct config_require *require, char *text);

/* True if some rule or command requires a credential.  */
bool config_requires_any (config_t config);

/* True if NAME is what USER may call themself: their own name or one of
   their logins.  */
bool config_user_has_login (const struct config_user *user,
                            const char *name);

/* True if USER is in one of GROUPS at NOW.  */
bool config_user_in (const struct config_user *user,
                     const struct strlist *groups, time_t now);

/* True if USER is in one of the rule's groups or users at NOW.  */
bool config_rule_has_user (const struct config_rule *rule,
                           const struct config_user *user, time_t now);

/* Until when RULE, which has USER at NOW, does; 0: without an end.  */
uint64_t config_rule_user_ends (const struct config_rule *rule,
                                const struct config_user *user, time_t now);

/* True if some rule or command of CONFIG is for USER at NOW, or takes
   USER's approval.  */
bool config_has_use_for (config_t config, const struct config_user *user,
                         time_t now);

/* True if RULE allows all PORTS for ADDR, seen from OBSERVED, at NOW
   (local time).  *R_WHY (may be NULL) is the option that does not fit:
   "ports", "from" or "hours"; NULL if all do.  The one place where this is
   decided: decide and act both ask it.  What "observed" wants only decide
   can see: whether the person signed the address.  */
bool config_rule_allows (const struct config_rule *rule,
                         const struct port_set *ports,
                         const struct net_addr *addr,
                         const struct net_addr *observed,
                         time_t now, const char **r_why);

/* The other terms of a rule or a command.  True if a request of
   ADDR, seen from OBSERVED, may come at NOW; *R_WHY is "from" or "hours". */
bool config_terms_allow (const struct config_rule *terms,
                         const struct net_addr *addr,
                         const struct net_addr *observed,
                         time_t now, const char **r_why);

/* True if USER's approval counts at NOW: one of its groups is on some
   list.  */
bool config_approval_has_user (const struct config_approval *approval,
                               const struct config_user *user, time_t now);

/* True if the approvals of the N different people at USER, of whom each
   counts once and for one list, are enough at NOW.  */
bool config_approval_enough (const struct config_approval *approval,
                             const struct config_user *const *user,
                             size_t n, time_t now);

/* The hash of RULE, or of the terms RULE of COMMAND (NULL: none) and all
   else about it: of what they say, not of where.  */
gpg_error_t config_terms_hash (const struct config_rule *rule,
                               const struct config_command *command,
                               unsigned char hash[CONFIG_HASHLEN]);

/* Folders of the state, to be freed: NAME is "root" (the primary key's
   home), "agent" (that of gpg-agent), "muster" (the roster's), "decide" (the
   database).  */
char *config_state_path (config_t config, const char *name);

#endif /*POSTERN_CONFIG_H*/
