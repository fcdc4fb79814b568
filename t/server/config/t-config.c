/* t-config.c - Tests of common/config.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "config-dir.h"

#include <time.h>
#include "../../../common/base/encode.h"
#include "../../../server/config/config-parts.h"
#include "../../../common/base/secret.h"
#include "../../../common/conf/conf-scan.h"

START_TEST (defaults)
{
  const struct config_rule *rule;

  accepted ();
  ck_assert_str_eq (config->host, "web1");
  ck_assert_str_eq (config->server_fpr, FPR_SERVER);
  ck_assert_str_eq (config->dir, config_dir);
  ck_assert_uint_eq (config->interfaces.n, 1);
  ck_assert_str_eq (config->interfaces.item[0], "any");
  ck_assert_uint_eq (config->port, 62201);
  ck_assert_uint_eq (config->max_age, 120);
  ck_assert_uint_eq (config->max_ahead, 30);
  ck_assert (config->replies);
  ck_assert_uint_eq (config->workers, 2);
  ck_assert (!config->open_door);
  ck_assert_int_eq (config->on_stop, CONFIG_STOP_KEEP);
  ck_assert_int_eq (config->on_fail, CONFIG_FAIL_SHUT);
  ck_assert_uint_eq (config->audit_keep, 365 * 86400);
  ck_assert_int_eq (config->log_audit, CONFIG_LOG_NONE);
  ck_assert_uint_eq (config->audit_max, 1073741824);
  ck_assert_uint_eq (config->rate.burst, 20);
  ck_assert_uint_eq (config->rate.n, 2);
  ck_assert_uint_eq (config->rate.seconds, 1);
  ck_assert_str_eq (config->state, POSTERN_STATEDIR);
  ck_assert_str_eq (config->runtime, POSTERN_RUNDIR);
  ck_assert_uint_eq (config->n_doors, 0);
  rule = config_rule_by_name (config, "ssh");
  ck_assert_ptr_nonnull (rule);
  ck_assert_uint_eq (rule->max_time, 60);
  ck_assert_uint_eq (rule->default_time, 30);
  ck_assert (rule->observed);
}
END_TEST

START_TEST (server_apart)
{
  put ("posternd.conf", "host = 'web1'\n");
  refused ("posternd.conf", 0, "server is missing");
  put ("server.conf", "server = '" FPR_SERVER "'\n");
  accepted ();
  ck_assert_str_eq (config->server_fpr, FPR_SERVER);
  put ("server.conf", "server = '" FPR_SERVER "'\nhost = 'web2'\n");
  refused ("server.conf", 2, "stands in posternd.conf");
  /* In both only if it is the same.  */
  put ("server.conf", "server = '" FPR_SERVER "'\n");
  put ("posternd.conf", "host = 'web1'\nserver = '" FPR_BOB "'\n");
  refused ("posternd.conf", 0, "older development build");
  put ("posternd.conf", "host = 'web1'\nserver = '" FPR_SERVER "'\n");
  accepted ();
  ck_assert_str_eq (config->server_fpr, FPR_SERVER);
}
END_TEST

/* Bytes are bytes: nothing here reads a packet.  */
START_TEST (encryption_keys)
{
  static unsigned char data[CONFIG_MAX_PACKET + 1];
  const struct { const char *list, *text; } bad[] =
    {
      { "{'BAECAwQ=', 'BAECAwQ'}", "'BAECAwQ' is not 1 to 1100 bytes" },
      { "{'BAECAwR='}", "'BAECAwR=' is not 1 to 1100 bytes" },
      { "{''}", "'' is not 1 to 1100 bytes in base64" },
      { "{'BAEC AwQ='}", "is not 1 to 1100 bytes in base64" },
      { "{'BAECAwQ=', 'BAECAwQ='}", "'BAECAwQ=' is repeated" },
      { "{'AAAA', 'BBBB', 'CCCC', 'DDDD', 'EEEE'}", "more than 4 items" }
    };
  char text[8192];
  char *base64;
  size_t i;

  accepted ();
  ck_assert_uint_eq (config->n_encryption_keys, 0);
  for (i = 0; i < COUNT (bad); i++)
    {
      snprintf (text, sizeof text, "server = '%s'\nencryption-keys = %s\n",
                FPR_SERVER, bad[i].list);
      put ("server.conf", text);
      refused ("server.conf", 2, bad[i].text);
    }
  put ("server.conf", "server = '" FPR_SERVER "'\n"
       "encryption-keys = {'BAECAwQ=', 'AAAA', 'BBBB', 'CCCC'}\n");
  accepted ();
  ck_assert_uint_eq (config->n_encryption_keys, 4);
  ck_assert_uint_eq (config->encryption_key[0].len, 5);
  ck_assert_mem_eq (config->encryption_key[0].data, "\4\1\2\3\4", 5);
  ck_assert_uint_eq (config->encryption_key[1].len, 3);
  /* posternd.conf may have it as well, as in what --check --dump prints.  */
  put ("posternd.conf", POSTERND "encryption-keys = {'DDDD', 'AAAA'}\n");
  accepted ();
  ck_assert_uint_eq (config->n_encryption_keys, 4);
  put ("server.conf", "server = '" FPR_SERVER "'\n");
  accepted ();
  ck_assert_uint_eq (config->n_encryption_keys, 2);
  put ("posternd.conf", POSTERND);
  for (i = 0; i < 2; i++)
    {
      ck_assert_uint_eq (encode_base64 (data, CONFIG_MAX_PACKET + i, &base64),
                         0);
      snprintf (text, sizeof text, "encryption-keys = '%s'\n", base64);
      free (base64);
      put ("server.conf", text);
      if (i)
        refused ("server.conf", 1, "is not 1 to 1100 bytes");
      else
        accepted ();
    }
}
END_TEST

/* Every option once.  */
static void
put_everything (void)
{
  put ("posternd.conf",
       "# A comment.\nhost = \"web1\" /* two\nlines */\n"
       "server = " FPR_SERVER "\nencryption-keys = 'BAEC'\n"
       "interfaces = {'eth0', # the first\n 'eth1'}\nport = 1234\n"
       "protect = {'tcp/22', 'udp/60000-60010'}\nmax-age = '5m'\n"
       "trusted = {'10.0.0.0/8', 'wg0', '2001:db8::7', 'eth0.5'}\n"
       "max-ahead = '1m'\nreplies = false\nworkers = 16\n"
       "open-door = true\non-stop = 'open'\n"
       "on-fail = 'open'\naudit-keep = '7d'\nlog-audit = 'journal'\n"
       "audit-max = '16M'\nrate = '5, 30/m'\n"
       "addresses = {'web1.example.org', '2001:db8::1'}\n"
       "state = '/srv/postern'\nruntime = '/run/p'\n"
       "door main { ends = 0 }\ndoor old { ends = '2027-01-31' }\n");
  put ("doors/main.key", DOOR_KEY);
  put ("doors/old.key", DOOR_KEY);
  put ("access.conf",
       "rule all {\n  users = {'bob'}\n  groups = {'ops', 'dev'}\n"
       "  ports = {'tcp/22', 'udp/60000-60010'}\n"
       "  from = {'203.0.113.0/24', '2001:db8::/32'}\n"
       "  max-time = '2h'\n  default-time = '1h'\n"
       "  hours = {'Mon-Fri 07:00-20:00', 'Sat 22:00-06:00'}\n"
       "  observed = false\n}\n");
  put ("users.d/bob.conf", "user bob { key = '" FPR_BOB "' groups = {'dev'}"
       " logins = {'bob.b', 'B'} door = 'old' expires = '2027-06-30' }\n");
}

static void
look_at_posternd (void)
{
  ck_assert_uint_eq (config->interfaces.n, 2);
  ck_assert_str_eq (config->interfaces.item[1], "eth1");
  ck_assert_uint_eq (config->port, 1234);
  ck_assert_uint_eq (config->n_protect, 2);
  ck_assert_uint_eq (config->protect[1].last, 60010);
  ck_assert_uint_eq (config->trusted.n_prefixes, 2);
  ck_assert_uint_eq (config->trusted.prefix[0].bits, 8);
  ck_assert_uint_eq (config->trusted.prefix[1].bits, 128);
  ck_assert_uint_eq (config->trusted.interfaces.n, 2);
  ck_assert_str_eq (config->trusted.interfaces.item[1], "eth0.5");
  ck_assert_uint_eq (config->max_age, 300);
  ck_assert_uint_eq (config->max_ahead, 60);
  ck_assert (!config->replies);
  ck_assert_uint_eq (config->workers, 16);
  ck_assert (config->open_door);
  ck_assert_int_eq (config->on_stop, CONFIG_STOP_OPEN);
  ck_assert_int_eq (config->on_fail, CONFIG_FAIL_OPEN);
  ck_assert_uint_eq (config->audit_keep, 7 * 86400);
  ck_assert_int_eq (config->log_audit, CONFIG_LOG_JOURNAL);
  ck_assert_uint_eq (config->audit_max, 16777216);
  ck_assert_uint_eq (config->rate.burst, 5);
  ck_assert_uint_eq (config->rate.n, 30);
  ck_assert_uint_eq (config->rate.seconds, 60);
  ck_assert_uint_eq (config->addresses.n, 2);
  ck_assert_str_eq (config->state, "/srv/postern");
  ck_assert_str_eq (config->runtime, "/run/p");
  ck_assert_uint_eq (config->n_doors, 2);
  ck_assert_str_eq (config->door[1].name, "old");
  ck_assert_uint_eq (config->door[0].ends, 0);
  ck_assert_uint_eq (config->door[1].ends, 1801353600);
}

START_TEST (everything)
{
  const struct config_user *user;
  const struct config_rule *rule;

  put_everything ();
  accepted ();
  look_at_posternd ();
  user = config_user_by_name (config, "bob");
  ck_assert_ptr_nonnull (user);
  ck_assert_ptr_eq (user, config_user_by_fpr (config, FPR_BOB));
  ck_assert_ptr_null (config_user_by_fpr (config, FPR_ALICE));
  ck_assert_uint_eq (user->logins.n, 2);
  ck_assert_str_eq (user->door, "old");
  ck_assert_uint_eq (user->expires, 1814313600);
  rule = config_rule_by_name (config, "all");
  ck_assert_uint_eq (rule->n_from, 2);
  ck_assert_uint_eq (rule->n_hours, 2);
  ck_assert_uint_eq (rule->max_time, 7200);
  ck_assert_uint_eq (rule->default_time, 3600);
  ck_assert (!rule->observed);
  ck_assert (config_rule_has_user (rule, user, 0));
}
END_TEST

/* One line added to posternd.conf (its line 4), or to a rule or a user:
   WRONG is refused with TEXT in the message, its twin RIGHT passes.  */
struct twin
{
  const char *wrong;
  const char *text;
  const char *right;
};

static const struct twin posternd_twins[] =
  {
    { "port = 0", "'0' is not a decimal number", "port = 1" },
    { "port = 65536", "from 1 to 65535", "port = 65535" },
    { "port = 0x50", "not a decimal", "port = 80" },
    { "port = 010", "not a decimal", "port = 10" },
    { "port = '+10'", "not a decimal", "port = '10'" },
    { "port = '10 '", "not a decimal", "port = \"10\"" },
    { "port = ''", "not a decimal", "port = '1'" },
    { "port = 99999999999999999999", "not a decimal", "port = 9999" },
    { "workers = 0", "from 1 to 16", "workers = 1" },
    { "workers = 17", "from 1 to 16", "workers = 16" },
    { "replies = yes", "neither true nor false", "replies = true" },
    { "replies = 1", "neither true nor false", "replies = false" },
    { "open-door = True", "neither true nor", "open-door = true" },
    { "max-age = 120", "not a duration", "max-age = 120s" },
    { "max-age = '1x'", "not a duration", "max-age = '1h'" },
    { "max-age = '2 m'", "not a duration", "max-age = '2m'" },
    { "max-age = '1h1m'", "not a duration", "max-age = '61m'" },
    { "max-age = '-1s'", "not a duration", "max-age = '0s'" },
    { "max-age = '2d'", "does not lie between", "max-age = '1d'" },
    { "claims-keep = 999", "from 1000 to 100000000", "claims-keep = 1000" },
    { "claims-keep = 100000001", "from 1000 to", "claims-keep = 100000000" },
    { "claims-keep = '1d'", "not a decimal", "claims-keep = 86400" },
    { "rate = '20'", "not a rate; write '20, 2/s'", "rate = '20, 2/s'" },
    { "rate = '20,2/s'", "not a rate", "rate = \"20, 2/m\"" },
    { "rate = '0, 2/s'", "not a rate", "rate = '1, 1/s'" },
    { "rate = '20, 0/s'", "not a rate", "rate = '20, 1/h'" },
    { "rate = '20, 2/d'", "not a rate", "rate = '20, 48/h'" },
    { "rate = '20, 2/'", "not a rate", "rate = '20, 2/h'" },
    { "rate = '20, 2/ss'", "not a rate", "rate = '20, 2/s'" },
    { "rate = '20, 2/s '", "not a rate", "rate = 'none'" },
    { "rate = '10001, 2/s'", "not a rate", "rate = '10000, 2/s'" },
    { "rate = '20, 10001/s'", "up to 10000 each", "rate = '20, 10000/s'" },
    { "rate = 0", "not a rate", "rate = none" },
    { "audit-max = '1T'", "is not a size", "audit-max = '1024G'" },
    { "audit-max = '1025G'", "is not a size", "audit-max = '1G'" },
    { "audit-max = '1023k'", "less than 1048576", "audit-max = '1024k'" },
    { "audit-max = 0", "is not a size", "audit-max = 'none'" },
    { "audit-max = '1 G'", "is not a size", "audit-max = 1048576" },
    { "max-ahead = '25h'", "does not lie", "max-ahead = '24h'" },
    { "on-fail = 'keep'", "neither 'shut' nor", "on-fail = 'open'" },
    { "log-audit = 'Syslog'", "is not 'none', 'journal' or 'syslog'",
      "log-audit = 'syslog'" },
    { "on-stop = 'shut'", "neither 'keep' nor", "on-stop = 'open'" },
    { "interfaces = {'any', 'eth0'}", NULL, "interfaces = {'any'}" },
    { "interfaces = {'eth0', 'eth0'}", "repeated",
      "interfaces = {'eth0', 'eth1'}" },
    { "trusted = {'10.0.0.1/8'}", "not a valid address or prefix",
      "trusted = {'10.0.0.0/8'}" },
    { "trusted = {'10.0.0.0/33'}", "not a valid address or prefix",
      "trusted = {'10.0.0.0/32'}" },
    { "trusted = {'10.0.0'}", "not a valid address", "trusted = {'10.0.0.0'}" },
    { "trusted = {'10'}", "not a valid address", "trusted = {'a10'}" },
    { "trusted = {'2001:db8::1/32'}", "not a valid address or prefix",
      "trusted = {'2001:db8::/32'}" },
    { "trusted = {'wg0/24'}", "not a valid address", "trusted = {'wg0'}" },
    { "trusted = {'::ffff:10.0.0.0/104'}", "IPv4-mapped",
      "trusted = {'::fffe:a00:0/112'}" },
    { "trusted = {'10.0.0.0/8', '10.0.0.0/8'}", "repeated",
      "trusted = {'10.0.0.0/8', '10.0.0.0/9'}" },
    { "trusted = {'192.0.2.1', '192.0.2.1/32'}", "'192.0.2.1' is repeated",
      "trusted = {'192.0.2.1', '192.0.2.2'}" },
    { "trusted = {'wg0', 'wg0'}", "repeated", "trusted = {'wg0', 'wg1'}" },
    { "trusted = {'wg*'}", "neither an address", "trusted = {'wg-'}" },
    { "trusted = {'a\"b'}", "neither an address", "trusted = {'a.b@c+d'}" },
    { "trusted = {'any'}", "neither an address", "trusted = {'any0'}" },
    { "trusted = {'abcdefghijklmnop'}", "neither an address",
      "trusted = {'abcdefghijklmno'}" },
    { "trusted = ''", "neither an address", "trusted = 'wg0'" },
    { "interfaces = {'abcdefghijklmnop'}", "not the name of an interface",
      "interfaces = {'abcdefghijklmno'}" },
    { "interfaces = {'../x'}", "not the name of an", "interfaces = {'..x'}" },
    { "interfaces = {}", "empty list", "interfaces = {any}" },
    { "addresses = {'a b'}", "neither a host", "addresses = {'a-b'}" },
    { "addresses = {'a','b','c','d','e','f','g','h','i'}", "more than 8",
      "addresses = {'a','b','c','d','e','f','g','h'}" },
    { "state = 'var'", "not a valid path", "state = '/var'" },
    { "state = '/'", "not a valid path", "state = '/v'" },
    { "state = '~/x'", "not a valid path", "state = '/~/x'" },
    { "state = '/a/../b'", "not a valid path", "state = '/a/..b/c'" },
    { "state = '/a//b'", "not a valid path", "state = '/a/b'" },
    { "state = '/a/'", "not a valid path", "state = '/a'" },
    { "state = '/a/./b'", "not a valid path", "state = '/a/.b'" },
    { "state = /var", "put the value into single quotes",
      "state = '/var'" },
    { "runtime = '/run/0123456789012345678901234567890123456789"
      "012345678901234567890123456789012345'", "longer than 80",
      "runtime = '/run/0123456789'" },
    { "door main { ends = 'never' }", "not a time",
      "door main { ends = 0 }" },
    { "door main { ends = '2027-02-30' }", "not a time",
      "door main { ends = '2027-02-28' }" },
    { "door main { ends = '2027-2-3' }", "not a time",
      "door main { ends = '2027-02-03' }" },
    { "door Main { }", "a name", "door main { }" },
    { "door { }", "a name", "door main {}" },
    { "door 'a|b' { }", "a name", "door 'main' { }" },
    { "door main { } door main { }", "repeated", "door main { }" },
    { "door main { end = 0 }", "did you mean 'ends'",
      "door main { ends = 0 }" },
    /* Spelling.  */
    { "prot = 1", "unknown keyword 'prot'; did you mean 'port'", "port = 1" },
    { "workrs = 1", "did you mean 'workers'", "workers = 1" },
    { "Workers = 1", "did you mean 'workers'", "workers = 1" },
    { "max-aheda = 1s", "did you mean 'max-ahead'", "max-ahead = 1s" },
    { "ldap = 1", "a name", "" },
    { "password = 1", "unknown keyword 'password'; see the manual", "" },
    { "user alice { }", "'user' stands in access.conf", "" },
    { "abcdefghijklmnopqrstuvwxyzabcdefgh\n= 1", "unknown keyword", "" },
    /* What other readers let through.  */
    { "port = 1\nport = 2", "repeated (it stands in line 4)", "port = 1" },
    { "protect = {'udp/1'}", "repeated (it stands in line 3)", "" },
    { "interfaces = {'a'} interfaces = {'b'}", "repeated",
      "interfaces = {'a'}" },
    { "interfaces = 'a' interfaces = {}", "repeated", "interfaces = 'a'" },
    { "interfaces += {'a'}", "+=", "interfaces = {'a'}" },
    { "include('x.conf')", "unknown keyword 'include'",
      "on-stop = 'keep'" },
    { "port = ('1')", "include()", "port = '1'" },
    { "state = \"/x/${HOME}\"", "not expanded", "state = '/x/${HOME}'" },
    { "state = ${HOME}", "not expanded", "state = '/${HOME}'" },
    { "state = \"/a\\x41\"", "backslash in double quotes",
      "state = '/a\\x41'" },
    { "state = '/a\nb'", "without an end", "state = '/ab'" },
    { "state = '/a", "without an end", "state = '/a'" },
    { "state = \"/a", "without an end", "state = \"/a\"" },
    { "/* open", "comment without an end", "/* open */" },
    { "port = 1;", "an unexpected ';'", "port = 1" },
    { "door main { } door|ends = 1", "unexpected '|'", "door main { }" },
    { "'port' = 1", "a keyword expected", "port = 1" },
    { "port == 1", "a value expected", "port = 1" },
    { "port 1", "'=' expected", "port = 1" },
    { "port = 1 }", "a keyword expected", "port = 1" },
    { "port = {1}", "a value expected", "port = 1" },
    { "// comment", "an unexpected '/'", "# comment" },
    { "state = '/a'b", "unknown keyword 'b'", "state = '/ab'" },
    { "interfaces = {'a' 'b'}", "',' or '}' expected",
      "interfaces = {'a', 'b'}" },
    { "interfaces = {,}", "a value expected", "interfaces = {'a',}" },
    { "interfaces = {'a'", "but the file ends", "interfaces = {'a'}" },
    { "door main {", "is not closed", "door main { }" },
    { "port =", "but the file ends", "port = 1" },
    { "\v", "a control character (0x0b)", "\t" },
    { "port = 1\r", "a carriage return", "port = 1" },
    { "# \033[2J", "a control character (0x1b)", "# [2J" },
    { "port = 1\xc2\xa0", "unexpected character (0xc2)", "port = 1" }
  };

/* How many lines before its end WRONG goes wrong.  */
static unsigned int
line_of (const char *wrong)
{
  return strncmp (wrong, "port = 1\nport", 13) ? 4 : 5;
}

static void
put_with (const char *file, const char *before, const char *line,
          const char *after)
{
  char text[2048];

  snprintf (text, sizeof text, "%s%s%s", before, line, after);
  put (file, text);
}

START_TEST (posternd_refusals)
{
  const struct twin *t = &posternd_twins[_i];

  put ("doors/main.key", DOOR_KEY);
  put_with ("posternd.conf", POSTERND, t->wrong, "");
  if (t->text)
    refused ("posternd.conf", line_of (t->wrong), t->text);
  else
    refused ("posternd.conf", 0, "must be the only one");
  put_with ("posternd.conf", POSTERND, t->right, "\n");
  accepted ();
}
END_TEST

static const struct twin rule_twins[] =
  {
    { "groups = {'Ops'}", "not a valid name", "groups = {'ops2'}" },
    { "groups = {'a', 'a'}", "repeated", "groups = {'a', 'b'}" },
    { "users = {''}", "not a valid name", "users = {'x'}" },
    { "from = {'203.0.113.1/24'}", "not a valid prefix",
      "from = {'203.0.113.0/24'}" },
    { "from = {'2001:DB8::/32'}", "not a valid prefix", "from = {'2001:db8::/32'}" },
    { "from = {'203.0.113.0/33'}", "not a valid prefix",
      "from = {'203.0.113.0/32'}" },
    { "from = {'example.org'}", "not a valid prefix", "from = {'203.0.113.1'}" },
    { "max-time = 0s", "does not lie", "max-time = 1s" },
    { "max-time = 8d", "does not lie", "max-time = 7d" },
    { "max-time = 60", "not a duration", "max-time = 60s" },
    { "default-time = 0s", "does not lie", "default-time = 1s" },
    { "hours = {'Mon 7-8'}", "not valid hours", "hours = {'Mon 07:00-08:00'}" },
    { "hours = {'Moo 07:00-08:00'}", "not valid hours", "hours = '07:00-08:00'" },
    { "observed = on", "neither true nor false", "observed = true" },
    { "port = {'tcp/22'}", "did you mean 'ports'", "" },
    { "requires = 'crypt'", "did you mean 'require'", "" },
    { "require = 'pam'", "not a credential", "require = 'crypt'" },
    { "require = {'crypt'}", "a value expected", "require = 'shadow'" },
    { "require = 'ldap:'", "not a credential", "require = shadow" },
    { "require = 'Crypt'", "not a credential", "require = crypt" },
    { "users = {'a'} users = {'b'}", "repeated", "users = {'a'}" }
  };

START_TEST (rule_refusals)
{
  const struct twin *t = &rule_twins[_i];
  bool groups = !strncmp (t->right, "groups", 6);

  put_with ("access.conf", groups
            ? "rule a {\n ports = {'tcp/22'}\n"
            : "rule a {\n ports = {'tcp/22'} groups = {'ops'}\n",
            t->wrong, "\n}\n");
  refused ("access.conf", 3, t->text);
  put_with ("access.conf", groups
            ? "rule a {\n ports = {'tcp/22'}\n"
            : "rule a {\n ports = {'tcp/22'} groups = {'ops'}\n",
            t->right, "\n}\n");
  accepted ();
}
END_TEST

static const struct twin user_twins[] =
  {
    { "key = '2d430e81279996efe251bdd0a5cf07d97f6457c0'", "not a fingerprint",
      "key = '" FPR_BOB "'" },
    { "key = '7F6457C0'", "not a fingerprint", "key = '" FPR_BOB "'" },
    { "key = ''", "not a fingerprint", "key = '" FPR_BOB "'" },
    { "key = '" FPR_BOB "' logins = {''}", "not a name of 1",
      "key = '" FPR_BOB "' logins = {'b'}" },
    { "key = '" FPR_BOB "' logins = {'\xff'}", "not a name of 1",
      "key = '" FPR_BOB "' logins = {'\xc3\xa9'}" },
    { "key = '" FPR_BOB "' groups-until = {'dba'}", "not a group and a time",
      "key = '" FPR_BOB "' groups-until = {'dba=1'}" },
    { "key = '" FPR_BOB "' groups-until = {'D=1'}", "not a group and a time",
      "key = '" FPR_BOB "' groups-until = {'d=2027-01-31', 'e=1'}" },
    { "key = '" FPR_BOB "' groups-until = {'d=0'}", "has no end",
      "key = '" FPR_BOB "' groups-until = {'d=1'}" },
    { "key = '" FPR_BOB "' groups-until = {'d=soon'}", "not a time",
      "key = '" FPR_BOB "' groups-until = {'d=1814313600'}" },
    { "key = '" FPR_BOB "' groups-until = {'d=1', 'd=2'}", "repeated",
      "key = '" FPR_BOB "' groups-until = {'d=1', 'dd=2'}" },
    { "key = '" FPR_BOB "' door = 'M'", "not a valid name",
      "key = '" FPR_BOB "' door = 'main'" },
    { "key = '" FPR_BOB "' expires = 'soon'", "not a time",
      "key = '" FPR_BOB "' expires = 1814313600" },
    { "key = '" FPR_BOB "' key = '" FPR_BOB "'", "repeated",
      "key = '" FPR_BOB "'" }
  };

START_TEST (user_refusals)
{
  const struct twin *t = &user_twins[_i];

  put ("posternd.conf", POSTERND "door main { }\n");
  put ("doors/main.key", DOOR_KEY);
  put_with ("users.d/bob.conf", "user bob {\n", t->wrong, "\n}\n");
  refused ("users.d/bob.conf", 2, t->text);
  put_with ("users.d/bob.conf", "user bob {\n", t->right, "\n}\n");
  accepted ();
}
END_TEST

/* Whole files that go wrong, and where.  */
static const struct
{
  const char *file;
  const char *content;
  unsigned int line;
  const char *text;
  const char *right;
} whole[] =
  {
    { "posternd.conf", "server = '" FPR_SERVER "'\n", 0, "host is missing",
      POSTERND },
    { "posternd.conf", "host = 'web1'\n", 0, "server is missing", POSTERND },
    { "posternd.conf", "", 0, "host is missing", POSTERND },
    { "posternd.conf", "host = 'Web1'\nserver = '" FPR_SERVER "'\n", 1,
      "not a valid name", POSTERND },
    { "posternd.conf", "host = 'web1'\nserver = '" FPR_SERVER "A'\n", 2,
      "not a fingerprint", POSTERND },
    { "posternd.conf", "host = 'web1'\nserver = '" FPR_SERVER "'\n"
      "protect = {'tcp/22',\n 'udp/1',\n 'tcp/20-30'}\n", 5, "overlaps",
      POSTERND },
    { "posternd.conf", "host = 'web1'\nserver = '" FPR_SERVER "'\n"
      "protect = {'tcp/0'}\n", 3, "not a valid port", POSTERND },
    { "posternd.conf", "host = 'web1'\nserver = '" FPR_SERVER "'\n"
      "protect = {'icmp/8'}\n", 3, "not a valid port", POSTERND },
    { "access.conf", "\nrule a {\n ports = {'tcp/22'}\n}\n", 2,
      "is for nobody", ACCESS },
    { "access.conf", "\n\nrule a {\n groups = {'ops'}\n}\n", 3,
      "opens nothing", ACCESS },
    { "access.conf", "rule a {\n groups = {'ops'} ports = {'tcp/22'}\n"
      " max-time = '10s'\n default-time = '20s'\n}\n", 1,
      "longer than its max-time", ACCESS },
    { "access.conf", "rule a {\n groups = {'ops'}\n ports = {'tcp/1',\n"
      " 'tcp/1'} }\n", 4, "one too many", ACCESS },
    { "access.conf", "rule a {\n groups = {'ops'}\n"
      " ports = {'tcp/1-2000'} }\n", 3, "one too many", ACCESS },
    { "access.conf", ACCESS "\nrule ssh { }\n", 10, "'ssh' is repeated",
      ACCESS },
    { "access.conf", ACCESS "user alice { }\n", 9, "'alice' is repeated",
      ACCESS },
    { "access.conf", "user alice {\n groups = {'ops'}\n}\n", 1, "has no key",
      ACCESS },
    { "access.conf", ACCESS "user al { key = '" FPR_ALICE "' }\n", 9,
      "is also that of 'alice' in /tmp/", ACCESS },
    { "users.d/a.conf", "user b { key = '" FPR_BOB "' groups = {'d'}"
      " groups-until = {'d=1'} }\n", 1, "keep one of the two",
      "user b { key = '" FPR_BOB "' groups = {'e'}"
      " groups-until = {'d=1'} }\n" },
    { "access.conf", ACCESS "user b { key = '" FPR_BOB "' door = 'x' }\n", 9,
      "'postern-keys door add x' makes it",
      ACCESS "user b { key = '" FPR_BOB "' }\n" },
    { "access.conf", ACCESS "comand restart { }\n", 9,
      "unknown keyword 'comand'; did you mean 'command'?", ACCESS },
    { "access.conf", ACCESS "rul b { }\n", 9, "did you mean 'rule'",
      ACCESS },
    { "access.conf", "host = 'web1'\n", 1, "'host' stands in posternd.conf",
      ACCESS },
    { "users.d/a.conf", "rule a {\n groups = {'ops'}\n"
      " ports = {'tcp/1'}\n}\n", 1, "'rule' stands in access.conf",
      "user bob { key = '" FPR_BOB "' }\n" },
    { "users.d/a.conf", "user alice { key = '" FPR_BOB "' }\n", 1,
      "'alice' is repeated", "user bob { key = '" FPR_BOB "' }\n" },
    { "users.d/a.conf", "user bob { key = '" FPR_ALICE "' }\n", 1,
      "/access.conf; each person", "user bob { key = '" FPR_BOB "' }\n" }
  };

START_TEST (whole_files)
{
  put (whole[_i].file, whole[_i].content);
  refused (whole[_i].file, whole[_i].line, whole[_i].text);
  put (whole[_i].file, whole[_i].right);
  accepted ();
}
END_TEST

/* The lexer keeps its state: what was refused must not spoil the next.  */
START_TEST (good_after_bad)
{
  size_t i;

  put ("doors/main.key", DOOR_KEY);
  for (i = 0; i < COUNT (posternd_twins); i++)
    {
      put_with ("posternd.conf", POSTERND, posternd_twins[i].wrong, "");
      ck_assert_int_eq (load (), GPG_ERR_INV_VALUE);
      put ("posternd.conf", POSTERND);
      accepted ();
    }
}
END_TEST

START_TEST (times_of_a_rule)
{
  put ("access.conf", "rule a { groups = {'x'} ports = 'tcp/1'"
       " max-time = '10s' }\nrule b { groups = {'x'} ports = 'tcp/1'"
       " default-time = '5m' }\n");
  accepted ();
  ck_assert_uint_eq (config->rule[0].default_time, 10);
  ck_assert_uint_eq (config->rule[1].max_time, 300);
  ck_assert_uint_eq (config->rule[1].default_time, 300);
}
END_TEST

START_TEST (section_limit)
{
  FILE *fp = fopen (in_dir ("access.conf"), "w");
  int i;

  for (i = 0; i <= CONF_MAX_SECTIONS; i++)
    fprintf (fp, "user u%d { key = '%040X' }\n", i, i);
  fclose (fp);
  refused ("access.conf", CONF_MAX_SECTIONS + 1, "more than 4096");
}
END_TEST

START_TEST (door_limit)
{
  put ("posternd.conf", POSTERND "door a{}door b{}door c{}door d{}door e{}"
       "door f{}door g{}door h{}\ndoor i {}\n");
  refused ("posternd.conf", 5, "more than 8 doors");
}
END_TEST

static bool
allows (const char *ports, const char *addr, const char *observed,
        time_t now, const char **r_why)
{
  struct port_set set;
  struct net_addr a, o;

  ck_assert_int_eq (netspec_ports_parse (ports, &set), 0);
  ck_assert_int_eq (netspec_addr_parse (addr, &a), 0);
  ck_assert_int_eq (netspec_addr_parse (observed, &o), 0);
  return config_rule_allows (&config->rule[0], &set, &a, &o, now, r_why);
}

START_TEST (rule_allows)
{
  const time_t monday = 1799668800;     /* 2027-01-11 12:00 UTC.  */
  const char *in = "203.0.113.7";
  struct port_set none = { 0, { { 0, 0, 0 } } };
  struct net_addr nowhere = { 0, { 0 } };
  const char *why;

  setenv ("TZ", "UTC", 1);
  tzset ();
  put ("access.conf", "rule a { groups = {'ops'}"
       " ports = {'tcp/22', 'udp/60000-60010'}"
       " from = {'203.0.113.0/24', '2001:db8::/32'}"
       " hours = 'Mon-Fri 07:00-20:00' }\n");
  accepted ();
  ck_assert (allows ("tcp/22", in, in, monday, &why));
  ck_assert_ptr_null (why);
  ck_assert (allows ("tcp/22,udp/60001-60002", in, in, monday, NULL));
  ck_assert (allows ("tcp/22", "2001:db8::7", in, monday, &why));
  ck_assert (!allows ("tcp/23", in, in, monday, &why));
  ck_assert_str_eq (why, "ports");
  ck_assert (!allows ("tcp/22,tcp/23", in, in, monday, &why));
  ck_assert (!allows ("udp/60000-60011", in, in, monday, &why));
  ck_assert (!allows ("tcp/22", "203.0.114.7", in, monday, &why));
  ck_assert_str_eq (why, "from");
  ck_assert (!allows ("tcp/22", in, "203.0.114.7", monday, &why));
  ck_assert_str_eq (why, "from");
  ck_assert (!allows ("tcp/22", in, in, monday + 9 * 3600, &why));
  ck_assert_str_eq (why, "hours");
  ck_assert (!allows ("tcp/22", in, in, monday - 86400, &why));
  ck_assert (!config_rule_allows (&config->rule[0], &none, &nowhere,
                                  &nowhere, monday, &why));
  ck_assert (!config_rule_allows (&config->rule[0],
                                  &config->rule[0].ports, &nowhere,
                                  &nowhere, monday, &why));
}
END_TEST

START_TEST (rule_has_user)
{
  const struct config_user *alice, *bob;
  const struct config_rule *rule;

  put ("users.d/b.conf", "user bob { key = '" FPR_BOB "' groups = {'x'} }");
  put ("access.conf", ACCESS "rule b { users = {'bob'} ports = 'tcp/1' }\n");
  accepted ();
  alice = config_user_by_name (config, "alice");
  bob = config_user_by_name (config, "bob");
  rule = config_rule_by_name (config, "ssh");
  ck_assert (config_rule_has_user (rule, alice, 0));
  ck_assert (!config_rule_has_user (rule, bob, 0));
  rule = config_rule_by_name (config, "b");
  ck_assert (!config_rule_has_user (rule, alice, 0));
  ck_assert (config_rule_has_user (rule, bob, 0));
  ck_assert_ptr_null (config_rule_by_name (config, "c"));
  ck_assert_ptr_null (config_user_by_name (config, "carol"));
}
END_TEST

START_TEST (state_path)
{
  char *path;

  put ("posternd.conf", POSTERND "state = '/srv/p'\n");
  accepted ();
  path = config_state_path (config, "decide");
  ck_assert_str_eq (path, "/srv/p/decide");
  free (path);
}
END_TEST

START_TEST (nearest)
{
  static const struct conf_option table[] =
    {
      CONF_OPTION_OF ("ports", conf_name, "", .flags = CONF_TITLE),
      CONF_OPTION_OF ("port", conf_number, ""),
      CONF_OPTION_OF ("protect", conf_names, ""),
      CONF_OPTION_OF ("max-ahead", conf_number, ""),
      CONF_OPTION_OF ("comand", conf_name, "", .flags = CONF_DERIVED),
      CONF_END
    };

  ck_assert_str_eq (conf_nearest ("ports", table, NULL), "port");
  ck_assert_str_eq (conf_nearest ("prot", table, NULL), "port");
  ck_assert_str_eq (conf_nearest ("protetc", table, NULL), "protect");
  ck_assert_str_eq (conf_nearest ("max-head", table, NULL), "max-ahead");
  ck_assert_ptr_null (conf_nearest ("xyz", table, NULL));
  ck_assert_ptr_null (conf_nearest ("", table, NULL));
  ck_assert_ptr_null (conf_nearest ("command", table, NULL));
}
END_TEST

static void
add_tests (TCase *tc)
{
  tcase_add_test (tc, defaults);
  tcase_add_test (tc, server_apart);
  tcase_add_test (tc, encryption_keys);
  tcase_add_test (tc, everything);
  tcase_add_loop_test (tc, posternd_refusals, 0,
                       (int) COUNT (posternd_twins));
  tcase_add_loop_test (tc, rule_refusals, 0, (int) COUNT (rule_twins));
  tcase_add_loop_test (tc, user_refusals, 0, (int) COUNT (user_twins));
  tcase_add_loop_test (tc, whole_files, 0, (int) COUNT (whole));
  tcase_add_test (tc, good_after_bad);
  tcase_add_test (tc, times_of_a_rule);
  tcase_add_test (tc, section_limit);
  tcase_add_test (tc, door_limit);
  tcase_add_test (tc, rule_allows);
  tcase_add_test (tc, rule_has_user);
  tcase_add_test (tc, state_path);
  tcase_add_test (tc, nearest);
}

int
main (void)
{
  Suite *suite = suite_create ("config");
  TCase *tc = tcase_create ("config");
  SRunner *sr = srunner_create (suite);
  int failed;

  if (secret_init (16384))
    return EXIT_FAILURE;
  umask (022);
  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup_dir, teardown_dir);
  tcase_set_timeout (tc, 60);
  add_tests (tc);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
