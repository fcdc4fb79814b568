/* t-advise.c - Tests of server/advise.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../config/config-dir.h"

#include <sys/resource.h>
#include "../../../server/config/config-parts.h"
#include "../../../common/base/secret.h"
#include "../../../server/advise/advise.h"

#define NOW 1799668800          /* 2027-01-11 12:00 UTC, a Monday.  */
#define FPR_CAROL "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define FPR_DAVE  "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD"
#define SSH "203.0.113.7 50000 192.0.2.1 22"

/* Nothing to warn of, on any machine with /dev/shm.  */
#define QUIET                                                           \
  "host = 'web1'\nserver = '" FPR_SERVER "'\nprotect = {'tcp/22'}\n"    \
  "runtime = '/dev/shm/postern-test'\ndoor main { }\n"

static char *text;
static int warnings;

static void
report (const char *ssh_connection)
{
  size_t len;
  FILE *fp;

  ck_assert_msg (!load (), "%s", message);
  free (text);
  fp = open_memstream (&text, &len);
  ck_assert_int_eq (advise_report (config, ssh_connection, NOW, fp,
                                   &warnings), 0);
  fclose (fp);
}

static void
says (const char *what)
{
  ck_assert_msg (strstr (text, what) != NULL, "'%s' lacks '%s'", text, what);
}

/* One warning, with WHAT in it.  */
static void
warns (const char *what)
{
  says (what);
  says ("\nWarning: ");
  ck_assert_msg (warnings == 1, "%d warnings: %s", warnings, text);
}

static void
setup (void)
{
  setup_dir ();
  put ("doors/main.key", DOOR_KEY);
  put ("posternd.conf", QUIET);
}

static void
teardown (void)
{
  teardown_dir ();
  free (text);
  text = NULL;
}

#define TERMS " groups = {'ops'} ports = {'tcp/22'} approvals = 1"
#define COMMAND "command x { groups = {'ops'} argv = {'/bin/true'}" \
  " run-as = 'root' approvals = 2 approvers = {'ops', 'and', 'sec'} }\n"

/* Who asks is no approver; one person stands for one list.  */
START_TEST (approvals)
{
  put ("posternd.conf", QUIET);
  put ("access.conf", ACCESS "rule two {" TERMS " approvers = {'ops'} }\n");
  report (NULL);
  says ("Rule two opens tcp/22 for alice; 30s, at most 1m;"
        " when 1 other of ops approves within 10m\n");
  warns ("the rule two requires 1 approval, and there are not enough other"
         " people to approve a request from alice");
  put ("users.d/bob.conf", "user bob { key = '" FPR_BOB "'"
       " groups = {'ops', 'sec'} }\n");
  report (NULL);
  ck_assert_msg (!warnings, "%s", text);
  put ("access.conf", ACCESS COMMAND);
  report (NULL);
  says ("when 2 others of ops and sec approve within 10m\n");
  warns ("the command x requires 2 approvals");
  put ("users.d/carol.conf", "user carol { key = '" FPR_CAROL "'"
       " groups = {'ops'} }\nuser dave { key = '" FPR_DAVE "'"
       " groups = {'sec'} }\n");
  report (NULL);
  ck_assert_msg (!warnings, "%s", text);
}
END_TEST

START_TEST (quiet)
{
  report (NULL);
  ck_assert_msg (!warnings, "%s", text);
  ck_assert_ptr_null (strstr (text, "Warning"));
  says ("Host web1 with the key " FPR_SERVER "\n");
  says ("interfaces: any; UDP port 62201\n");
  says ("Shuts to all but grants: tcp/22\n");
  says ("Doors: main\n");
  says ("at most 2m old, 30s ahead");
  says ("Rule ssh opens tcp/22 for alice; 30s, at most 1m\n");
}
END_TEST

static const struct
{
  const char *posternd;         /* Added to QUIET, or all of it.  */
  const char *access;
  const char *warning;
} unwise[] =
  {
    { QUIET "max-age = 0s\n", ACCESS, "max-age is 0" },
    { QUIET "open-door = true\n", ACCESS, "recognized on the wire" },
    { QUIET "interfaces = {'lo', 'none0'}\n", ACCESS,
      "interface none0 does not exist now" },
    { QUIET "trusted = {'0.0.0.0/0'}\n", ACCESS,
      "trusted includes 0.0.0.0/0: the protected ports are open to" },
    { QUIET "trusted = {'10.0.0.0/8', '128.0.0.0/7'}\n", ACCESS,
      "trusted includes 128.0.0.0/7: the protected ports are open to" },
    { QUIET "trusted = {'2000::/3', '2001:d00::/24'}\n", ACCESS,
      "trusted includes 2000::/3: the protected ports are open to" },
    { QUIET "trusted = {'lo', 'none0'}\n", ACCESS,
      "trusted names the interface none0, which does not exist now" },
    { QUIET "door old { ends = '2027-01-01' }\n", ACCESS,
      "door old ended on 2027-01-01" },
    { QUIET "door old { ends = '2027-01-20' }\n", ACCESS,
      "door old ends on 2027-01-20" },
    { "host = 'web1'\nserver = '" FPR_SERVER "'\n"
      "protect = {'tcp/22', 'udp/62000-63000'}\ndoor main { }\n"
      "runtime = '/dev/shm/x'\n", ACCESS, "udp/62201, the port" },
    { "host = 'web1'\nserver = '" FPR_SERVER "'\nprotect = {'tcp/22'}\n"
      "runtime = '/dev/shm/x'\n", ACCESS, "there is no door" },
    { QUIET, ACCESS "rule b { groups = {'ops'} ports = {'tcp/80'} }\n",
      "rule b opens no protected port" },
    { QUIET, ACCESS
      "rule b { groups = {'ops'} ports = {'tcp/22', 'tcp/80'} }\n",
      "1 of the ports of the rule b" },
    { QUIET, ACCESS "rule b { groups = {'ops', 'x'} ports = {'tcp/22'} }\n",
      "nobody is in the group x" },
    { QUIET, ACCESS
      "rule b { groups = {'ops'} users = 'carol' ports = {'tcp/22'} }\n",
      "the rule b names the user carol, who is not enrolled" },
    { QUIET, ACCESS "user bob { key = '" FPR_BOB "' }\n",
      "user bob is in no rule" },
    { QUIET, ACCESS "user bob { key = '" FPR_BOB "' groups = {'ops'}"
      " expires = '2027-01-01' }\n", "user bob expired on 2027-01-01" },
    { QUIET, "user alice { key = '" FPR_ALICE "' }\n", "there is no rule" }
  };

START_TEST (one_warning)
{
  put ("doors/old.key", DOOR_KEY);
  put ("posternd.conf", unwise[_i].posternd);
  put ("access.conf", unwise[_i].access);
  report (NULL);
  warns (unwise[_i].warning);
}
END_TEST

START_TEST (nothing_protected)
{
  put ("posternd.conf", "host = 'web1'\nserver = '" FPR_SERVER "'\n"
       "runtime = '/dev/shm/x'\ndoor main { }\n");
  report (SSH);
  says ("nothing is protected");
  says ("rule ssh opens no protected port");
  ck_assert_int_eq (warnings, 2);
}
END_TEST

START_TEST (few_files)
{
  struct rlimit limit, before;

  ck_assert_int_eq (getrlimit (RLIMIT_NOFILE, &before), 0);
  limit = before;
  limit.rlim_cur = 64;
  ck_assert_int_eq (setrlimit (RLIMIT_NOFILE, &limit), 0);
  report (NULL);
  setrlimit (RLIMIT_NOFILE, &before);
  warns ("only 64 files may be open");
}
END_TEST

START_TEST (nobody_enrolled)
{
  put ("access.conf", "rule a { users = {'bob'} ports = {'tcp/22'} }\n");
  report (NULL);
  says ("no user is enrolled: nobody");
  says ("Rule a opens tcp/22 for nobody");
}
END_TEST

/* A rule and a command are told with their hours.  */
START_TEST (hours)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = 'ops' }"
       "rule a { groups = 'ops' ports = 'tcp/22' hours = 'Mon-Tue 07:00-20:00'"
       " }\ncommand c { groups = 'ops' argv = {'/bin/true'} run-as = 'root'"
       " hours = {'07:00-08:00', 'Mon-Fri 09:00-10:00'} }\n");
  report (NULL);
  says ("for alice; 30s, at most 1m; Mon,Tue 07:00-20:00\n");
  says ("; 07:00-08:00, Mon-Fri 09:00-10:00\n");
}
END_TEST

START_TEST (login_cut_off)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = 'ops' }"
       "rule a { groups = 'ops' ports = 'tcp/22' from = '192.0.2.0/24' }\n");
  report (SSH);
  warns ("logged in from 203.0.113.7 over tcp/22");
  says ("posternd --trial");
  report ("192.0.2.99 50000 192.0.2.1 22");
  ck_assert_msg (!warnings, "%s", text);
  says ("(from 192.0.2.99) stays open");
}
END_TEST

/* A login from there is not cut off, whatever the rules say.  */
START_TEST (login_from_a_trusted_network)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = 'ops' }"
       "rule a { groups = 'ops' ports = 'tcp/22' from = '192.0.2.0/24' }\n");
  put ("posternd.conf", QUIET "trusted = {'203.0.113.0/24', '2001:db8::/32',"
       " 'lo'}\n");
  report (SSH);
  ck_assert_msg (!warnings, "%s", text);
  says ("Shuts nothing to: 203.0.113.0/24, 2001:db8::/32, what comes in by"
        " lo\n");
  says ("(from 203.0.113.7) is from a trusted network");
  report ("2001:db8::9 50000 2001:db8::1 22");
  ck_assert_msg (!warnings, "%s", text);
  /* The interface is told by the address that the login came to.  */
  report ("198.51.100.7 50000 127.0.0.1 22");
  ck_assert_msg (!warnings, "%s", text);
  report ("198.51.100.7 50000 192.0.2.1 22");
  warns ("logged in from 198.51.100.7");
}
END_TEST

START_TEST (login_not_concerned)
{
  static const char *const fine[] =
    { "203.0.113.7 50000 192.0.2.1 2222", "127.0.0.1 1 127.0.0.1 22",
      "::1 1 ::1 22", "", "rubbish", "203.0.113.7 50000 192.0.2.1",
      "203.0.113.7 50000 192.0.2.1 22x", "x 50000 192.0.2.1 22" };
  size_t i;

  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = 'ops' }"
       "rule a { groups = 'ops' ports = 'tcp/22' from = '192.0.2.0/24' }\n");
  for (i = 0; i < sizeof fine / sizeof *fine; i++)
    {
      report (fine[i]);
      ck_assert_msg (!warnings && !strstr (text, "stays open"), "%s", text);
    }
  report ("fe80::1%eth0 50000 fe80::2%eth0 22");
  warns ("logged in from fe80::1");
}
END_TEST

START_TEST (login_needs_a_live_user)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = 'ops'"
       " expires = '2027-01-01' }"
       "rule a { groups = 'ops' ports = 'tcp/22' }\n");
  report (SSH);
  says ("logged in from 203.0.113.7");
}
END_TEST

/* Behind NAT nobody can sign the address that we see.  */
START_TEST (login_needs_an_observed_rule)
{
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = 'ops' }"
       "rule a { groups = 'ops' ports = 'tcp/22' observed = false }\n");
  report (SSH);
  warns ("logged in from 203.0.113.7");
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = 'ops' }"
       "rule a { groups = 'ops' ports = 'tcp/22' observed = true }\n");
  report (SSH);
  ck_assert_msg (!warnings, "%s", text);
}
END_TEST

START_TEST (full_disk)
{
  FILE *fp = fopen ("/dev/full", "w");

  ck_assert_msg (!load (), "%s", message);
  ck_assert_int_eq (gpg_err_code (advise_report (config, NULL, NOW, fp,
                                                 &warnings)),
                    GPG_ERR_ENOSPC);
  clearerr (fp);
  ck_assert_int_eq (gpg_err_code (advise_dump (config, fp)),
                    GPG_ERR_ENOSPC);
  fclose (fp);
}
END_TEST

#define CRYPTED(rest)                                                   \
  "user alice { key = '" FPR_ALICE "' groups = {'ops'}"                 \
  " logins = {'alice.b'} }\n"                                           \
  "rule ssh { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }\n" rest
#define HASH "$y$j9T$m7tmEUlfI4RvgIyv7JCus0$" \
  "8whPyUhv0gO3aip9Kt0ZDdr9z67STwNeGPWH3n6Zd9B"

START_TEST (no_password)
{
  put ("access.conf", CRYPTED (""));
  report (NULL);
  says ("; with the password of crypt\n");
  warns ("Run 'postern-keys passwd alice'");
  put ("passwd", "bob:" HASH "\n");
  report (NULL);
  warns ("the rule ssh requires a password, and alice has none");
  put ("passwd", "bob:" HASH "\nalice.b:" HASH "\n");
  report (NULL);
  ck_assert_int_eq (warnings, 0);
}
END_TEST

/* A rule that makes another one's password needless.  */
START_TEST (around_the_password)
{
  put ("passwd", "alice:" HASH "\n");
  put ("access.conf", CRYPTED ("rule b { groups = {'ops'}"
                               " ports = {'tcp/22'} }\n"));
  report (NULL);
  warns ("the rule b opens without a password what the rule ssh requires");
  put ("access.conf", CRYPTED ("rule b { groups = {'ops'}"
                               " ports = {'tcp/22'}"
                               " from = {'192.0.2.0/24'} }\n"));
  report (NULL);
  ck_assert_int_eq (warnings, 0);
}
END_TEST

START_TEST (directories)
{
  char conf[1024];

  put ("ca.pem", "");
  ck_assert_int_eq (chmod (in_dir ("ca.pem"), 0644), 0);
  snprintf (conf, sizeof conf, QUIET "ldap corp { uri = 'ldaps://h'"
            " bind-dn = 'uid={user}' ca-file = '%s' timeout = '3s' }\n",
            in_dir ("ca.pem"));
  put ("posternd.conf", conf);
  report (NULL);
  says ("Directory corp: ldaps://h; people are uid={user}; at most 3s");
  warns ("no rule requires 'ldap:corp'");
  put ("access.conf", "user alice { key = '" FPR_ALICE "' groups = {'ops'}"
       " }\nrule ssh { groups = {'ops'} ports = {'tcp/22'}"
       " require = 'ldap:corp' }\n");
  report (NULL);
  says ("; with the password of ldap:corp\n");
  ck_assert_int_eq (warnings, 0);
  ck_assert_int_eq (chmod (in_dir ("ca.pem"), 0600), 0);
  report (NULL);
  warns ("cannot be read by _posternvouch");
}
END_TEST

static char *
dump (void)
{
  char *result;
  size_t len;
  FILE *fp = open_memstream (&result, &len);

  ck_assert_int_eq (advise_dump (config, fp), 0);
  fclose (fp);
  return result;
}

/* Write the two halves of DUMPED over the files.  */
static void
put_dump (char *dumped)
{
  char marker[300];
  char *access;

  snprintf (marker, sizeof marker, "# %s/access.conf\n", config_dir);
  access = strstr (dumped, marker);
  ck_assert_ptr_nonnull (access);
  put ("access.conf", access);
  *access = 0;
  put ("posternd.conf", dumped);
  *access = '#';
}

/* Every option of posternd.conf, and of access.conf.  */
static const char all_of_posternd[] =
  "host = 'web1'\nserver = '" FPR_SERVER "'\n"
  "interfaces = {'eth0', 'a\\'b\\\\c'}\nport = 1\n"
  "protect = {'tcp/22', 'udp/60000-60010'}\nmax-age = '5m'\n"
  "trusted = {'wg0', '10.0.0.0/8', '2001:db8::7', 'eth0.5'}\n"
  "claims-keep = 1000\n"
  "max-ahead = '1m'\nreplies = false\nworkers = 16\n"
  "open-door = true\non-stop = 'open'\n"
  "on-fail = 'open'\naudit-keep = '7d'\nlog-audit = 'syslog'\n"
  "encryption-keys = {'BAEC', 'AAAA'}\n"
  "audit-max = '16M'\nrate = '5, 30/m'\n"
  "addresses = {'web1.example.org', '2001:db8::1'}\n"
  "state = '/srv/it\\'s'\nruntime = '/run/p'\n"
  "door main { ends = 0 }\ndoor old { ends = '2027-01-31' }\n"
  "ldap corp { uri = {'ldap://[::1]:3890', 'ldapi://'}"
  " bind-dn = 'cn=a\\\\,b+uid={user},dc=org' timeout = '9s'"
  " member-of = 'cn=it\\'s' }\n"
  "ldap other { uri = 'ldap://127.0.0.1' base = 'dc=org' starttls = true"
  " filter = '(uid={user})' service-dn = 'cn=s' password-file = '%s'"
  " ca-file = '%s' }\n";

static const char all_of_access[] =
  ACCESS
  "rule c { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }\n"
  "rule l { groups = {'ops'} ports = {'tcp/22'}"
  " require = 'ldap:corp' }\n"
  "rule all { users = {'bob', 'carol'} groups = {'ops'}"
  " ports = {'tcp/22', 'udp/60000-60010'}"
  " from = {'203.0.113.0/24', '2001:db8::/32'} max-time = '2h'"
  " hours = {'Mon-Fri 07:00-20:00', '22:00-06:00', 'Sat,Sun"
  " 10:00-12:00'} observed = false approvals = 2"
  " approvers = {'ops', 'sre', 'and', 'sec'} emergency = true"
  " approval-time = '3m' approvers-require = true require = 'shadow'"
  " default-time = '7s' open-command = 'in' close-command = 'out' }\n"
  "on-open = 'tell'\non-close = 'tell'\non-refused = 'tell'\n"
  "on-pending = 'tell'\nnotify = 'tell'\n"
  "command c { groups = {'ops'} hours = '07:00-20:00' run-as = 'bob'"
  " argv = {'/bin/a', '{m}{e}{r}{a}{f}', '', ''} umask = '077'"
  " env = {'A=b c'} max-cpu = '1m' max-memory = '2G'"
  " arg m { match = '[a-z\\\\.]+' dash = true default = 'x' }"
  " arg e { enum = {'a', 'b'} } arg r { range = '-3-7' }"
  " arg a { address = true } arg f { file = '/srv' } stdin = 'args'"
  " cooldown = '5s' }\n"
  "command s { users = {'bob'} run-as = 'bob' free-form = true"
  " shell = '/bin/sh' from = {'203.0.113.0/24'} require = 'crypt'"
  " approvals = 1 approvers = {'ops'} approval-time = '4m'"
  " approvers-require = true emergency = true max-parallel = 3"
  " run-groups = {'a', 'b'} dir = '/srv' timeout = '9s' max-output = '1k'"
  " max-processes = 5 }\n"
  "command in { argv = {'/bin/in', '{address}'} run-as = 'bob' }\n"
  "command out { argv = {'/bin/out', '{ports}'} run-as = 'bob' }\n"
  "hook tell { run-as = 'bob' argv = {'/bin/a', 'x{user}'}"
  " pause = '7s' max-cpu = '1m' max-memory = '2G'"
  " env = {'A=b'} run-groups = {'a'} dir = '/srv' umask = '077'"
  " timeout = '9s' max-output = '1k' max-processes = 5 }\n";

/* OPTIONS, and those of the sections SECTIONS, stand in DUMPED: each that
   the grammar has, so that none is forgotten.  */
static void
has_options (const char *dumped, const char *where,
             const struct conf_option *options,
             const struct conf_section *sections)
{
  char inner[80], outer[80];

  for (; options->name; options++)
    {
      if (options->flags & (CONF_TITLE | CONF_DERIVED))
        continue;
      snprintf (inner, sizeof inner, " %s = ", options->name);
      snprintf (outer, sizeof outer, "\n%s = ", options->name);
      ck_assert_msg (strstr (dumped, inner) || strstr (dumped, outer),
                     "%s of %s is not in %s", options->name, where, dumped);
    }
  for (; sections && sections->name; sections++)
    has_options (dumped, sections->name, sections->options,
                 sections->sections);
}

/* What the rules and commands say.  */
static size_t
hash_terms (unsigned char (*hash)[CONFIG_HASHLEN])
{
  size_t i, n = 0;

  for (i = 0; i < config->n_rules; i++)
    ck_assert (!config_terms_hash (config->rule + i, NULL, hash[n++]));
  for (i = 0; i < config->n_commands; i++)
    ck_assert (!config_terms_hash (&config->command[i].terms,
                                   config->command + i, hash[n++]));
  return n;
}

/* The files that the option of a directory names must be there.  */
static void
put_posternd (void)
{
  char *conf, password[256], ca[256];

  put ("ldap.secret", "x");
  put ("ca.pem", "");
  ck_assert_int_eq (chmod (in_dir ("ca.pem"), 0644), 0);
  snprintf (password, sizeof password, "%s", in_dir ("ldap.secret"));
  snprintf (ca, sizeof ca, "%s", in_dir ("ca.pem"));
  ck_assert_int_gt (asprintf (&conf, all_of_posternd, password, ca), 0);
  put ("posternd.conf", conf);
  free (conf);
}

START_TEST (dump_means_the_same)
{
  unsigned char before[8][CONFIG_HASHLEN], after[8][CONFIG_HASHLEN];
  char *first, *second;
  size_t n;

  put ("doors/old.key", DOOR_KEY);
  put_posternd ();
  put ("access.conf", all_of_access);
  put ("users.d/bob.conf", "user bob { key = '" FPR_BOB "' door = 'old'"
       " logins = {'b\\'b'} expires = 1814313600"
       " groups-until = {'x=2027-01-31', 'y=1'} }\n");
  ck_assert_msg (!load (), "%s", message);
  first = dump ();
  has_options (first, "posternd.conf", config_grammar_posternd.options,
               config_grammar_posternd.sections);
  has_options (first, "access.conf", config_grammar_access.options,
               config_grammar_access.sections);
  n = hash_terms (before);
  unlink (in_dir ("users.d/bob.conf"));
  put_dump (first);
  ck_assert_msg (!load (), "%s: %s", message, first);
  ck_assert_uint_eq (hash_terms (after), n);
  ck_assert_mem_eq (before, after, n * CONFIG_HASHLEN);
  ck_assert_uint_eq (config->trusted.n_prefixes, 2);
  ck_assert_uint_eq (config->trusted.interfaces.n, 2);
  ck_assert_uint_eq (config->n_users, 2);
  ck_assert_uint_eq (config->rule[3].approval.n_lists, 2);
  ck_assert_uint_eq (config->command[0].program.argv.n, 4);
  ck_assert_str_eq (config->command[0].arg[0].pattern, "[a-z\\.]+");
  ck_assert_int_eq (config->command[0].arg[2].least, -3);
  ck_assert (config->command[1].free_form);
  ck_assert_uint_eq (config->n_ldaps, 2);
  ck_assert_str_eq (config->ldap[0].bind_dn,
                    "cn=a\\,b+uid={user},dc=org");
  ck_assert_int_eq (config->rule[1].require.kind, CONFIG_REQUIRE_CRYPT);
  ck_assert_str_eq (config->rule[2].require.ldap, "corp");
  ck_assert_uint_eq (config->rule[3].n_hours, 3);
  ck_assert_uint_eq (config->rule[3].hours[0].days, 0x3e);
  ck_assert_uint_eq (config->rule[3].hours[1].days, 0x7f);
  ck_assert_uint_eq (config->rule[3].hours[2].days, 0x41);
  ck_assert_str_eq (config->interfaces.item[1], "a'b\\c");
  ck_assert_str_eq (config->state, "/srv/it's");
  ck_assert (!config->replies && config->open_door);
  ck_assert_uint_eq (config->audit_max, 16777216);
  ck_assert_uint_eq (config->rate.burst, 5);
  ck_assert_uint_eq (config->rate.n, 30);
  ck_assert_uint_eq (config->rate.seconds, 60);
  second = dump ();
  ck_assert_str_eq (first, second);
  free (first);
  free (second);
}
END_TEST

START_TEST (dump_of_defaults)
{
  char *first, *second;

  ck_assert_msg (!load (), "%s", message);
  first = dump ();
  put_dump (first);
  ck_assert_msg (!load (), "%s", message);
  second = dump ();
  ck_assert_str_eq (first, second);
  ck_assert_ptr_nonnull (strstr (first, "interfaces = {'any'}\n"));
  free (first);
  free (second);
}
END_TEST

/* How the files as they are now differ from CONFIG, in text.  */
static void
differ (void)
{
  config_t old = config;
  size_t len, n = 0, i, lines = 0;
  FILE *fp;

  config = NULL;
  ck_assert_msg (!load (), "%s", message);
  free (text);
  fp = open_memstream (&text, &len);
  ck_assert (!advise_differ (old, config, fp, &n));
  fclose (fp);
  config_release (old);
  for (i = 0; i < len; i++)
    lines += text[i] == '\n';
  ck_assert_uint_eq (n, lines);
}

#define ALICE "user alice { key = '" FPR_ALICE "' groups = {'ops'} }\n"
#define RULE(name, more) \
  "rule " name " { groups = {'ops'} ports = {'tcp/22'} " more "}\n"
#define RUN "command c { groups = {'ops'} argv = {'/bin/a', '{m}'}" \
  " run-as = 'root' arg m { match = '"

START_TEST (differences)
{
  put ("access.conf", ALICE RULE ("a", "") RULE ("b", "") RUN "x' } }\n");
  ck_assert_msg (!load (), "%s", message);
  differ ();
  ck_assert_str_eq (text, "");
  put ("posternd.conf", QUIET "max-age = '5m'\n");
  put ("access.conf", ALICE "user bob { key = '" FPR_BOB "' }\n"
       RULE ("b", "max-time = '2h' from = {'10.0.0.0/8'} ")
       RULE ("a", "") RUN "y' } }\n");
  differ ();
  says ("max-age was '120s', is '300s'\n");
  says ("rule b: max-time was '60s', is '7200s'\n");
  says ("rule b: from is {'10.0.0.0/8'}, was not set\n");
  says ("user bob is new: key = '" FPR_BOB "'\n");
  says ("the order of the rules is now: b, a\n");
  says ("command c: arg m: match was 'x', is 'y'\n");
  ck_assert_ptr_null (strstr (text, " may "));
  ck_assert_ptr_null (strstr (text, "rule a"));
  put ("access.conf", ALICE "user bob { key = '" FPR_BOB "' groups = {'ops'}"
       " expires = '2099-01-01' }\n" RULE ("b", ""));
  differ ();
  says ("rule a is gone\n");
  says ("command c is gone\n");
  says ("rule b: from was {'10.0.0.0/8'}, is not set\n");
  says ("alice may no longer open tcp/22 (rule a)\n");
  says ("alice may no longer run c\n");
  says ("bob may now open tcp/22 (rule b)\n");
  ck_assert_ptr_null (strstr (text, "order"));
  /* Whose time is over may nothing, and loses nothing.  */
  put ("access.conf", "user bob { key = '" FPR_BOB "' groups = {'ops'}"
       " expires = '2020-01-01' }\n" RULE ("b", ""));
  differ ();
  says ("user alice is gone\n");
  says ("alice may no longer open tcp/22 (rule b)\n");
  says ("bob may no longer open tcp/22 (rule b)\n");
  put ("access.conf", ALICE RULE ("b", ""));
  differ ();
  says ("user bob is gone\n");
  ck_assert_ptr_null (strstr (text, "bob may"));
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("advise");
  TCase *tc = tcase_create ("advise");
  SRunner *sr = srunner_create (suite);
  int failed;

  if (secret_init (16384))
    return EXIT_FAILURE;
  umask (022);
  setenv ("TZ", "UTC", 1);
  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, quiet);
  tcase_add_test (tc, approvals);
  tcase_add_loop_test (tc, one_warning, 0,
                       (int) (sizeof unwise / sizeof *unwise));
  tcase_add_test (tc, nothing_protected);
  tcase_add_test (tc, few_files);
  tcase_add_test (tc, nobody_enrolled);
  tcase_add_test (tc, hours);
  tcase_add_test (tc, login_cut_off);
  tcase_add_test (tc, login_from_a_trusted_network);
  tcase_add_test (tc, login_not_concerned);
  tcase_add_test (tc, login_needs_a_live_user);
  tcase_add_test (tc, login_needs_an_observed_rule);
  tcase_add_test (tc, full_disk);
  tcase_add_test (tc, no_password);
  tcase_add_test (tc, around_the_password);
  tcase_add_test (tc, directories);
  tcase_add_test (tc, dump_means_the_same);
  tcase_add_test (tc, dump_of_defaults);
  tcase_add_test (tc, differences);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
