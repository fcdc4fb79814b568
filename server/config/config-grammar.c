/* config-grammar.c - The options of each file: one row, and all is said.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An option that is not in these tables is refused, never ignored.  Whatever
 * else has to know one walks them: see conf.h.  Of a rule, a command and an
 * arg each row binds approvals, so that what was approved is what is done:
 * leave CONF_BINDS_APPROVAL out of a new row there only for what changes
 * nothing about what a person gets.  */

#include "config-parts.h"

#include "command.h"
#include "../../common/wire/invite.h"

#define DAY 86400u
#define WEEK (7 * DAY)
#define MAX_INTERFACES 64
#define MAX_LOGINS 16
#define MIN_AUDIT (1024 * 1024)
#define MAX_AUDIT (1024ull * 1024 * 1024 * 1024)
#define MAX_RUNTIMELEN 80       /* A socket's name must fit sun_path.  */
#define MAX_LDAP_TIMEOUT 60
#define MAX_ARGV 64
#define MAX_ENV 32
#define MAX_RUN_GROUPS 16
#define MAX_RUN_AS 32
#define MAX_VALUES 256
#define MAX_MEMORY (1ULL << 40)
#define MAX_PROCESSES 65536

/* A number that is a macro, as a duration.  */
#define SECONDS(number) SECONDS_ (number)
#define SECONDS_(number) #number "s"

static const char *const on_fail_words[] = { "shut", "open", NULL };
static const char *const on_stop_words[] = { "keep", "open", NULL };
static const char *const log_audit_words[] =
  { "none", "journal", "syslog", NULL };
static const char *const stdin_words[] = { "none", "args", NULL };


/* ------------------------- posternd.conf ------------------------- */

#define SERVER(name, kind, member, ...)                                 \
  CONF_OPTION (name, kind, struct config_s, member, __VA_ARGS__)

#define SERVER_KEY                                                      \
  SERVER ("server", conf_fpr, server_fpr,                               \
          "fingerprint of the server's primary key"),                   \
  CONF_OPTION_OF ("encryption-keys", config_kind_packets,               \
                  "public subkeys to which requests are encrypted",     \
                  .most = CONFIG_MAX_ENCRYPTION_KEYS)

const struct conf_option config_posternd_options[] =
  {
    SERVER ("dir", conf_string, dir, "where the files are",
            .flags = CONF_DERIVED),
    SERVER ("host", conf_name, host, "name that requests carry"),
    SERVER_KEY,
    SERVER ("addresses", conf_strings, addresses,
            "how people reach this server, for invites",
            .most = INVITE_MAX_ADDRESSES, .check = config_check_address),
    SERVER ("interfaces", conf_strings, interfaces,
            "where packets are taken from", .preset = "any",
            .most = MAX_INTERFACES, .check = config_check_interface),
    SERVER ("port", conf_number, port, "UDP port of the packets",
            .least = 1, .most = 65535, .preset = "62201"),
    CONF_OPTION_OF ("protect", config_kind_protect,
                    "ports that are shut to all but grants"),
    SERVER ("trusted", config_kind_trusted, trusted,
            "networks and interfaces to which nothing is shut",
            .most = MAX_INTERFACES),
    SERVER ("claims-keep", conf_number, claims_keep,
            "how many of the newest claims stay", .least = 1000,
            .most = CONFIG_MAX_CLAIMS, .preset = "1000000"),
    SERVER ("max-age", conf_duration, max_age,
            "how old a request may be; 0s: of any age", .most = DAY,
            .preset = "120s"),
    SERVER ("max-ahead", conf_duration, max_ahead,
            "how far it may be ahead of the clock", .most = DAY,
            .preset = "30s"),
    SERVER ("replies", conf_bool, replies, "whether requests are answered",
            .preset = "true"),
    SERVER ("workers", conf_number, workers,
            "processes of each kind that unwrap and verify", .least = 1,
            .most = CONFIG_MAX_WORKERS, .preset = "2"),
    SERVER ("open-door", conf_bool, open_door,
            "whether packets need no door key"),
    SERVER ("on-fail", conf_enum, on_fail,
            "what a start that fails does to the doors",
            .words = on_fail_words),
    SERVER ("on-stop", conf_enum, on_stop,
            "what a stop in order does to the doors",
            .words = on_stop_words),
    SERVER ("audit-keep", conf_duration, audit_keep,
            "how long audit rows stay; 0s: for ever", .most = 3650 * DAY,
            .preset = "365d"),
    SERVER ("audit-max", conf_size, audit_max, "room of the audit, or none",
            .least = MIN_AUDIT, .most = MAX_AUDIT, .preset = "1G",
            .flags = CONF_NONE),
    SERVER ("rate", conf_rate, rate, "how many requests of one person",
            .preset = "20, 2/s"),
    SERVER ("log-audit", conf_enum, log_audit,
            "where decisions are told besides the audit",
            .words = log_audit_words),
    SERVER ("state", conf_path, state, "folder of keys and database",
            .most = CONFIG_PATHLEN, .preset = POSTERN_STATEDIR),
    SERVER ("runtime", conf_path, runtime,
            "folder of what must not outlive a reboot",
            .most = MAX_RUNTIMELEN, .preset = POSTERN_RUNDIR),
    CONF_END
  };

static const struct conf_option server_options[] = { SERVER_KEY, CONF_END };

static const struct conf_option no_options[] = { CONF_END };

#define DOOR(name, kind, member, ...)                                   \
  CONF_OPTION (name, kind, struct config_door, member, __VA_ARGS__)

static const struct conf_option door_options[] =
  {
    DOOR ("name", conf_name, name, "the door", .flags = CONF_TITLE),
    DOOR ("ends", conf_time, ends, "when it ends; 0: never"),
    CONF_END
  };

#define LDAP(name, kind, member, ...)                                   \
  CONF_OPTION (name, kind, struct config_ldap, member, __VA_ARGS__)

static const struct conf_option ldap_options[] =
  {
    LDAP ("name", conf_name, name, "the directory", .flags = CONF_TITLE),
    LDAP ("uri", conf_strings, uris, "where it is asked, in this order",
          .most = CONFIG_MAX_URIS, .check = config_check_uri),
    LDAP ("starttls", conf_bool, starttls, "whether ldap:// goes on with TLS",
          .preset = "false", .flags = CONF_BRIEF),
    LDAP ("ca-file", conf_path, ca_file, "certificates of authorities",
          .most = CONFIG_PATHLEN,
          .preset = "/etc/ssl/certs/ca-certificates.crt"),
    LDAP ("bind-dn", conf_string, bind_dn, "name to bind, with {user}",
          .most = CONFIG_DNLEN, .check = config_check_bind_dn),
    LDAP ("base", conf_string, base, "below which a person is looked for",
          .most = CONFIG_DNLEN, .check = config_check_plain_dn),
    LDAP ("filter", conf_string, filter, "what finds a person, with {user}",
          .most = CONFIG_DNLEN, .check = config_check_filter),
    LDAP ("service-dn", conf_string, service_dn, "who searches",
          .most = CONFIG_DNLEN, .check = config_check_plain_dn),
    LDAP ("password-file", conf_path, password_file,
          "file with the password of service-dn", .most = CONFIG_PATHLEN),
    LDAP ("member-of", conf_string, member_of,
          "group that the person must be in", .most = CONFIG_DNLEN,
          .check = config_check_plain_dn),
    LDAP ("timeout", conf_duration, timeout, "time for one check",
          .least = 1, .most = MAX_LDAP_TIMEOUT,
          .preset = SECONDS (CONFIG_CHECK_TIME)),
    CONF_END
  };

#define ARRAY(member)                                                   \
  .offset = offsetof (struct config_s, member),                         \
  .n_offset = offsetof (struct config_s, n_ ## member ## s),            \
  .size = sizeof *((struct config_s *) 0)->member

#define DOOR_SECTION                                                    \
  { .name = "door", .options = door_options, ARRAY (door),              \
    .most = CONFIG_MAX_DOORS, .finish = config_finish_door }

static const struct conf_section posternd_sections[] =
  {
    DOOR_SECTION,
    { .name = "ldap", .options = ldap_options, ARRAY (ldap),
      .most = CONFIG_MAX_LDAPS, .finish = config_finish_ldap },
    { .name = NULL }
  };

static const struct conf_section doors_sections[] =
  { DOOR_SECTION, { .name = NULL } };


/* -------------------------- access.conf -------------------------- */

#define BINDS .flags = CONF_BINDS_APPROVAL
#define BINDS_BRIEF .flags = CONF_BINDS_APPROVAL | CONF_BRIEF
#define BINDS_TITLE .flags = CONF_BINDS_APPROVAL | CONF_TITLE

#define EVENT(name, event, help)                                        \
  CONF_OPTION (name, conf_name, struct config_s, on_event[event], help)

static const struct conf_option access_options[] =
  {
    EVENT ("on-open", CONFIG_ON_OPEN, "hook to tell what is opened"),
    EVENT ("on-close", CONFIG_ON_CLOSE, "hook to tell what is closed"),
    EVENT ("on-refused", CONFIG_ON_REFUSED, "hook to tell what is refused"),
    EVENT ("on-pending", CONFIG_ON_PENDING,
           "hook to tell what waits for approval"),
    EVENT ("notify", CONFIG_ON_EMERGENCY, "hook to tell of emergencies"),
    CONF_END
  };

#define USER(name, kind, member, ...)                                   \
  CONF_OPTION (name, kind, struct config_user, member, __VA_ARGS__)

const struct conf_option config_user_options[] =
  {
    USER ("name", conf_name, name, "the person", .flags = CONF_TITLE),
    USER ("file", conf_string, file, "where it stands",
          .flags = CONF_DERIVED),
    USER ("key", conf_fpr, fpr, "fingerprint of the primary key"),
    USER ("groups", conf_names, groups, "groups without an end"),
    CONF_OPTION_OF ("groups-until", config_kind_until,
                    "groups until some time"),
    USER ("logins", conf_strings, logins, "names that --user may give",
          .most = MAX_LOGINS, .check = config_check_login),
    USER ("door", conf_name, door, "the one door to come by"),
    USER ("expires", conf_time, expires, "when the person is refused",
          .preset = "0", .flags = CONF_BRIEF),
    CONF_END
  };

/* Of rules, and of commands, which begin with one.  */
#define RULE(name, kind, member, ...)                                   \
  CONF_OPTION (name, kind, struct config_rule, member, __VA_ARGS__)

#define TERMS                                                           \
  RULE ("name", conf_name, name, "its name", BINDS_TITLE),              \
  RULE ("groups", conf_names, groups, "whom it is for", BINDS),         \
  RULE ("users", conf_names, users, "whom else it is for", BINDS),      \
  CONF_OPTION_OF ("from", config_kind_from, "where it may come from",   \
                  BINDS),                                               \
  CONF_OPTION_OF ("hours", config_kind_hours, "when it may come",       \
                  BINDS),                                               \
  RULE ("require", config_kind_require, require,                        \
        "credential besides the signature", BINDS),                     \
  RULE ("approvals", conf_number, approval.n,                           \
        "how many others must approve", .most = CONFIG_MAX_APPROVALS,   \
        .preset = "0", BINDS_BRIEF),                                    \
  RULE ("approvers", config_kind_approvers, approval,                   \
        "groups whose people may approve", BINDS),                      \
  RULE ("approval-time", conf_duration, approval.time,                  \
        "how long it waits", .least = 1, .most = DAY, BINDS),           \
  RULE ("approvers-require", conf_bool, approval.require,               \
        "whether approvers give the credential too",                    \
        .preset = "false", BINDS_BRIEF),                                \
  RULE ("emergency", conf_bool, approval.emergency,                     \
        "whether one may do without and say why", .preset = "false",    \
        BINDS_BRIEF)

static const struct conf_option rule_options[] =
  {
    TERMS,
    RULE ("ports", config_kind_ports, ports, "what it opens", BINDS),
    RULE ("max-time", conf_duration, max_time, "the longest time",
          .least = 1, .most = WEEK, BINDS),
    RULE ("default-time", conf_duration, default_time,
          "the time where none is asked for", .least = 1, .most = WEEK,
          BINDS),
    RULE ("open-command", conf_name, open_command,
          "command that opens elsewhere", BINDS),
    RULE ("close-command", conf_name, close_command,
          "command that closes there", BINDS),
    RULE ("observed", conf_bool, observed,
          "whether the address seen will do", .preset = "true", BINDS),
    CONF_END
  };

#define ARG(name, kind, member, ...)                                    \
  CONF_OPTION (name, kind, struct config_arg, member, __VA_ARGS__)
#define ARG_KIND(name, kind, which, ...)                                \
  CONF_OPTION_OF (name, kind, __VA_ARGS__, .least = which, BINDS)

static const struct conf_option arg_options[] =
  {
    ARG ("name", conf_name, name, "its name", BINDS_TITLE),
    ARG_KIND ("match", config_kind_arg, CONFIG_ARG_MATCH,
              "expression that a value matches"),
    ARG_KIND ("enum", config_kind_arg_list, CONFIG_ARG_ENUM,
              "values that it may be", .most = MAX_VALUES),
    ARG_KIND ("range", config_kind_arg, CONFIG_ARG_RANGE,
              "numbers that it may be"),
    ARG_KIND ("address", config_kind_arg_flag, CONFIG_ARG_ADDRESS,
              "whether it is an IP address"),
    ARG_KIND ("file", config_kind_arg, CONFIG_ARG_FILE,
              "folder that the file is below", .most = CONFIG_PATHLEN),
    ARG ("dash", conf_bool, dash, "whether it may begin with a '-'",
         BINDS),
    ARG ("default", conf_string, preset, "value where none is given",
         .most = COMMAND_MAX_VALUE, BINDS),
    CONF_END
  };

static const struct conf_section arg_sections[] =
  {
    { .name = "arg", .options = arg_options,
      .offset = offsetof (struct config_command, arg),
      .n_offset = offsetof (struct config_command, n_args),
      .size = sizeof (struct config_arg), .most = REQUEST_MAX_ARGS,
      .finish = config_finish_arg },
    { .name = NULL }
  };

/* Of what has a program, which is its member IN.  */
#define PROGRAM(type, in)                                               \
  CONF_OPTION ("argv", conf_strings, type, in argv,                     \
               "the program and its arguments", .most = MAX_ARGV,       \
               .check = config_check_argv,                              \
               .flags = CONF_BINDS_APPROVAL | CONF_ALIKE),              \
  CONF_OPTION ("run-as", conf_string, type, in run_as,                  \
               "user whom it runs as", .most = MAX_RUN_AS, BINDS),      \
  CONF_OPTION ("run-groups", conf_strings, type, in run_groups,         \
               "supplementary groups", .most = MAX_RUN_GROUPS, BINDS),  \
  CONF_OPTION ("dir", conf_path, type, in dir, "where it starts",       \
               .most = CONFIG_PATHLEN, .preset = "/", BINDS_BRIEF),     \
  CONF_OPTION ("umask", config_kind_umask, type, in umask, "its umask", \
               .preset = "022", BINDS),                                 \
  CONF_OPTION ("timeout", conf_duration, type, in timeout,              \
               "after which it is ended", .least = 1,                   \
               .most = CONFIG_MAX_TIMEOUT, .preset = "60s", BINDS),     \
  CONF_OPTION ("max-output", conf_size, type, in max_output,            \
               "output that is kept", .least = 1,                       \
               .most = CONFIG_MAX_OUTPUT, .preset = "64k", BINDS),      \
  CONF_OPTION ("env", conf_strings, type, in env,                       \
               "variables of its environment", .most = MAX_ENV,         \
               .check = config_check_env, BINDS),                       \
  CONF_OPTION ("max-cpu", conf_duration, type, in max_cpu,              \
               "time of the processor", .least = 1, .most = DAY,        \
               BINDS),                                                  \
  CONF_OPTION ("max-memory", conf_size, type, in max_memory,            \
               "its address space", .least = 1, .most = MAX_MEMORY,     \
               BINDS),                                                  \
  CONF_OPTION ("max-processes", conf_number, type, in max_processes,    \
               "processes of its user", .least = 1,                     \
               .most = MAX_PROCESSES, BINDS)

#define COMMAND(name, kind, member, ...)                                \
  CONF_OPTION (name, kind, struct config_command, member, __VA_ARGS__)

static const struct conf_option command_options[] =
  {
    TERMS,
    /* It opens for no address, so that none has to be signed.  */
    COMMAND ("observed", conf_bool, terms.observed, "always",
             .preset = "true", .flags = CONF_DERIVED),
    PROGRAM (struct config_command, program.),
    COMMAND ("stdin", conf_enum, stdin_args, "what it reads",
             .words = stdin_words, BINDS),
    COMMAND ("max-parallel", conf_number, max_parallel,
             "how many of it run at once", .least = 1,
             .most = CONFIG_MAX_PARALLEL, .preset = "1", BINDS),
    COMMAND ("cooldown", conf_duration, cooldown, "time between two starts",
             .least = 1, .most = DAY, BINDS),
    COMMAND ("free-form", conf_bool, free_form,
             "whether it takes a whole line", .preset = "false",
             BINDS_BRIEF),
    COMMAND ("shell", conf_path, shell, "what runs that line",
             .most = CONFIG_PATHLEN, BINDS),
    CONF_END
  };

#define HOOK(name, kind, member, ...)                                   \
  CONF_OPTION (name, kind, struct config_hook, member, __VA_ARGS__)

static const struct conf_option hook_options[] =
  {
    HOOK ("name", conf_name, name, "the hook", .flags = CONF_TITLE),
    PROGRAM (struct config_hook, program.),
    HOOK ("pause", conf_duration, pause, "least time between two starts",
          .most = DAY, .preset = "1s"),
    CONF_END
  };

static const struct conf_option program_options[] =
  { PROGRAM (struct config_program, ), CONF_END };

#define USER_SECTION                                                    \
  { .name = "user", .options = config_user_options, ARRAY (user),       \
    .finish = config_finish_user }

static const struct conf_section access_sections[] =
  {
    USER_SECTION,
    { .name = "rule", .options = rule_options, ARRAY (rule),
      .finish = config_finish_rule },
    { .name = "command", .options = command_options, ARRAY (command),
      .sections = arg_sections, .finish = config_finish_command },
    { .name = "hook", .options = hook_options, ARRAY (hook),
      .finish = config_finish_hook },
    { .name = NULL }
  };

static const struct conf_section users_sections[] =
  { USER_SECTION, { .name = NULL } };

static const struct conf_section no_sections[] = { { .name = NULL } };

const struct conf_section *const config_rule_section = access_sections + 1;
const struct conf_section *const config_command_section
  = access_sections + 2;

const struct conf_grammar config_grammar_posternd =
  { "posternd.conf", config_posternd_options, posternd_sections,
    &config_grammar_access };
const struct conf_grammar config_grammar_server =
  { "server.conf", server_options, no_sections, &config_grammar_posternd };
const struct conf_grammar config_grammar_doors =
  { "doors", no_options, doors_sections, &config_grammar_posternd };
const struct conf_grammar config_grammar_access =
  { "access.conf", access_options, access_sections, &config_grammar_posternd };
const struct conf_grammar config_grammar_users =
  { "users.d", no_options, users_sections, &config_grammar_access };


/* ------------------ what else goes by the tables ------------------ */

void
config_program_release (struct config_program *program)
{
  conf_release (program_options, NULL, program);
}
