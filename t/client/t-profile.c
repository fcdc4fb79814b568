/* t-profile.c - Tests of client/profile.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/profile/host-options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/base/secret.h"

#define FPR_A "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR_B "AAAA0E81279996EFE251BDD0A5CF07D97F6457C0"

static char dir[64];
static const unsigned char door[32] = { 1, 2, 3, 0xff };


static void
set (char *buf, size_t size, const char *text)
{
  ck_assert_int_lt (snprintf (buf, size, "%s", text), (int) size);
}

static void
setup (void)
{
  umask (077);
  ck_assert_int_eq (secret_init (16384), 0);
  set (dir, sizeof dir, "/tmp/t-profile.XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
}

static void
remove_file (const char *name)
{
  char path[128];

  snprintf (path, sizeof path, "%s/%s", dir, name);
  if (unlink (path))
    rmdir (path);
}

static void
teardown (void)
{
  static const char *const names[] =
    { "doors/web1.key", "doors/work.key", "keys/web1.pgp", "keys/work.pgp",
      "hosts.d/web1.conf", "hosts.d/work.conf", "hosts.d/We.conf",
      "hosts.d/www.conf", "doors/www.key", "keys/www.pgp", "doors/mine",
      "hosts.conf.backup", "elsewhere",
      "hosts.d", "doors", "keys", "hosts.conf", ".lock", "" };
  size_t i;

  for (i = 0; i < sizeof names / sizeof *names; i++)
    remove_file (names[i]);
}

static const char *
at (const char *name)
{
  static char paths[4][128];
  static unsigned int turn;
  char *path = paths[turn++ % 4];

  snprintf (path, sizeof paths[0], "%s/%s", dir, name);
  return path;
}

static void
put_file (const char *name, const char *text, mode_t mode)
{
  ck_assert_int_eq (file_write (at (name), text, strlen (text), mode, 0), 0);
}

/* Write hosts.conf as TEXT.  */
static void
put (const char *text, mode_t mode)
{
  put_file ("hosts.conf", text, mode);
}

/* The file NAME must be exactly EXPECTED.  */
static void
stands (const char *name, const char *expected)
{
  unsigned char *text;
  size_t len;

  ck_assert_int_eq (file_read (at (name), 65536, &text, &len), 0);
  ck_assert_str_eq ((char *) text, expected);
  free (text);
}

static bool
is_there (const char *name)
{
  struct stat st;

  return !lstat (at (name), &st);
}

static profile_t
open_profile (int writing)
{
  profile_t profile;
  char *message;

  ck_assert_msg (!profile_open (dir, writing, &profile, &message), "%s",
                 message);
  return profile;
}

/* Opening must fail, and the message name PIECE.  */
static void
refused (const char *piece)
{
  profile_t profile;
  char *message;

  ck_assert_int_ne (profile_open (dir, 0, &profile, &message), 0);
  ck_assert_ptr_null (profile);
  ck_assert_msg (message && strstr (message, piece), "'%s' does not say '%s'",
                 message, piece);
  gpgrt_free (message);
}

static void
passes (const char *text)
{
  profile_t profile;

  put (text, 0600);
  profile = open_profile (0);
  ck_assert_uint_eq (profile_count (profile), 1);
  profile_close (profile);
}

static struct profile_host
sample (const char *name)
{
  struct profile_host host;

  memset (&host, 0, sizeof host);
  snprintf (host.name, sizeof host.name, "%s", name);
  set (host.host, sizeof host.host, "web1");
  host.n_addresses = 2;
  set (host.address[0], sizeof host.address[0], "web1.example.org");
  set (host.address[1], sizeof host.address[1], "2001:db8::1");
  host.port = 62201;
  set (host.server, sizeof host.server, FPR_A);
  set (host.signer, sizeof host.signer, FPR_B);
  set (host.user, sizeof host.user, "alice");
  set (host.door, sizeof host.door, "main");
  host.door_ends = 1900000000;
  netspec_ports_parse ("tcp/22,udp/60000-60010", &host.ports);
  host.serial = 7;
  host.joined = 1800000000;
  return host;
}

static void
store (const struct profile_host *host)
{
  profile_t profile;
  char *message;

  ck_assert_int_eq (profile_open (dir, 1, &profile, &message), 0);
  ck_assert_int_eq (profile_put (profile, host, door, "key", 3, &message), 0);
  profile_close (profile);
}

static mode_t
mode_of (const char *name)
{
  char path[128];
  struct stat st;

  snprintf (path, sizeof path, "%s/%s", dir, name);
  ck_assert_int_eq (stat (path, &st), 0);
  return st.st_mode & 07777;
}

START_TEST (round_trip)
{
  struct profile_host a = sample ("web1"), b = sample ("work");
  const struct profile_host *host;
  unsigned char key[32];
  profile_t profile;
  char *message, *path;

  store (&a);
  store (&b);
  ck_assert_int_eq (profile_open (dir, 0, &profile, &message), 0);
  ck_assert_uint_eq (profile_count (profile), 2);
  host = profile_find (profile, "web1");
  ck_assert_mem_eq (host, &a, sizeof a);
  host = profile_find (profile, "work");
  ck_assert_mem_eq (host, &b, sizeof b);
  ck_assert_ptr_null (profile_find (profile, "web2"));
  ck_assert_str_eq (profile_nearest (profile, "web2"), "web1");
  ck_assert_int_eq (profile_door_key (profile, host, key, &message), 0);
  ck_assert_mem_eq (key, door, 32);
  path = profile_key_path (profile, host);
  ck_assert_ptr_nonnull (strstr (path, "/keys/work.pgp"));
  gpgrt_free (path);
  profile_close (profile);
  ck_assert_uint_eq (mode_of ("doors"), 0700);
  ck_assert_uint_eq (mode_of ("keys"), 0700);
  ck_assert_uint_eq (mode_of ("hosts.d"), 0700);
  ck_assert_uint_eq (mode_of ("hosts.d/web1.conf"), 0600);
  ck_assert (!is_there ("hosts.conf"));
  ck_assert_uint_eq (mode_of ("doors/web1.key"), 0600);
  ck_assert_uint_eq (mode_of ("keys/web1.pgp"), 0600);
}
END_TEST

#define HOST(more) "host web1 {\n address = {'h.example.org'}\n" \
                   " server = '" FPR_A "'\n signer = '" FPR_B "'\n" more "}\n"

/* Arguments as they are written, and what they are.  */
START_TEST (password_command)
{
  static const char text[] = HOST (" credential = 'ldap'\n"
    " password-command = {'/usr/bin/pass', '', 'it\\'s a\\\\b',"
    " '\"${HOME}\" #'}\n") "default {\n password-command = {'a', 'b'}\n}\n";
  static const char command[] = "/usr/bin/pass\0\0it's a\\b\0\"${HOME}\" #";
  struct profile_host host = sample ("work");
  profile_t profile;
  char *message;

  put (text, 0600);
  ck_assert_int_eq (profile_open (dir, 1, &profile, &message), 0);
  ck_assert_str_eq (profile_get (profile, 0)->credential, "ldap");
  ck_assert_uint_eq (profile_get (profile, 0)->settings.command_len,
                     sizeof command);
  ck_assert_mem_eq (profile_get (profile, 0)->settings.command, command,
                    sizeof command);
  set (host.credential, sizeof host.credential, "pam");
  ck_assert_int_ne (profile_put (profile, &host, door, "k", 1, &message), 0);
  ck_assert_ptr_nonnull (strstr (message, "credential"));
  gpgrt_free (message);
  set (host.credential, sizeof host.credential, "shadow");
  ck_assert_int_eq (profile_put (profile, &host, door, "k", 1, &message), 0);
  profile_close (profile);
  ck_assert_int_eq (profile_open (dir, 0, &profile, &message), 0);
  ck_assert_str_eq (profile_get (profile, 1)->credential, "shadow");
  /* That is the default's.  */
  ck_assert_uint_eq (profile_get (profile, 1)->settings.command_len, 4);
  ck_assert_mem_eq (profile_get (profile, 1)->settings.command, "a\0b", 4);
  /* It was taken over meanwhile, and says what it said.  */
  ck_assert_uint_eq (profile_get (profile, 0)->settings.command_len,
                     sizeof command);
  ck_assert_mem_eq (profile_get (profile, 0)->settings.command, command,
                    sizeof command);
  profile_close (profile);
}
END_TEST

START_TEST (long_password_command)
{
  char text[2048], arg[PROFILE_MAX_COMMAND + 1];

  memset (arg, 'a', sizeof arg);
  arg[PROFILE_MAX_COMMAND - 1] = 0;
  snprintf (text, sizeof text, HOST (" password-command = {'%s'}\n"), arg);
  passes (text);
  snprintf (text, sizeof text, HOST (" password-command = {'%s', ''}\n"),
            arg);
  put (text, 0600);
  refused ("longer than 1024 bytes");
}
END_TEST

START_TEST (replaced_in_place)
{
  struct profile_host a = sample ("web1");
  profile_t profile;
  char *message;

  store (&a);
  a.serial = 8;
  store (&a);
  ck_assert_int_eq (profile_open (dir, 0, &profile, &message), 0);
  ck_assert_uint_eq (profile_count (profile), 1);
  ck_assert_uint_eq (profile_get (profile, 0)->serial, 8);
  profile_close (profile);
}
END_TEST

START_TEST (none_is_empty)
{
  profile_t profile;
  char *message, path[128];

  ck_assert_int_eq (profile_open (dir, 0, &profile, &message), 0);
  ck_assert_uint_eq (profile_count (profile), 0);
  profile_close (profile);
  snprintf (path, sizeof path, "%s/none", dir);
  ck_assert_int_eq (profile_open (path, 0, &profile, &message), 0);
  profile_close (profile);
}
END_TEST

START_TEST (unsafe_values_are_not_written)
{
  struct profile_host host;
  profile_t profile;
  char *message;
  int i;

  ck_assert_int_eq (profile_open (dir, 1, &profile, &message), 0);
  for (i = 0; i < 6; i++)
    {
      host = sample ("web1");
      switch (i)
        {
        case 0: set (host.address[0], sizeof host.address[0], "a' }"); break;
        case 1: set (host.name, sizeof host.name, "../web1"); break;
        case 2: set (host.server, sizeof host.server, "abc"); break;
        case 3: host.n_addresses = 0; break;
        case 4: host.port = 0; break;
        default: set (host.user, sizeof host.user, "a'b"); break;
        }
      ck_assert_int_ne (profile_put (profile, &host, door, "k", 1, &message),
                        0);
      gpgrt_free (message);
      ck_assert_uint_eq (profile_count (profile), 0);
    }
  host = sample ("web1");
  ck_assert_int_eq (profile_put (profile, &host, door, "k", 1, &message), 0);
  profile_close (profile);
}
END_TEST

START_TEST (bad_texts)
{
  static const struct { const char *text, *piece; } bad[] =
    {
      { HOST (" port = 0\n"), "port" },
      { HOST (" port = 65536\n"), "port" },
      { HOST (" port = 0x10\n"), "port" },
      { HOST (" user = \"${HOME}\"\n"), ":5:" },
      { HOST (" user = 'Alice'\n"), "user" },
      { HOST (" prot = 1\n"), "port" },         /* The nearest.  */
      { HOST (" port = 1\n port = 2\n"), ":6:" },
      { HOST (" ports = 'tcp/0'\n"), "ports" },
      { HOST (" door-ends = -1\n"), "door-ends" },
      { HOST (" credential = 'pam'\n"), "credential" },
      { HOST (" credential = ''\n"), "credential" },
      { HOST (" password-command = {''}\n"), "password-command" },
      { HOST (" password-command = {'a'}\n password-command = {'b'}\n"),
        ":6:" },
      { HOST ("") HOST (""), "web1" },
      { "host web1 {\n server = '" FPR_A "'\n signer = '" FPR_B "'\n}\n",
        "address" },
      { "host web1 {\n address = {'a'}\n server = '" FPR_B "'\n}\n",
        "signer" },
      { "host web1 {\n address = {'a b'}\n}\n", "address" },
      { "host 'We' {\n}\n", "We" },
      { HOST (" for = '0s'\n"), ":5: for" },
      { HOST (" for = 30\n"), "duration" },
      { HOST (" timeout = '11m'\n"), "timeout" },
      { HOST (" family = 'inet'\n"), "ipv4, ipv6 nor any" },
      { HOST (" source = '127.0.0.1'\n"), "source" },
      { HOST (" no-bind = yes\n"), "true nor false" },
      { "default 'x' {\n}\n", ":1:" },
      { "default {\n}\ndefault {\n}\n", ":3: 'default' is repeated" },
      { "default {\n for = '1s'\n for = '2s'\n}\n", ":3:" },
      { "default {\n address = 'a'\n}\n", "address" },
      { "default {\n server = '" FPR_A "'\n}\n", "server" },
      { "port = 1\n", ":1:" },
      { "host web1 {\n", "hosts.conf" },
    };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      put (bad[i].text, 0600);
      refused (bad[i].piece);
    }
  passes (HOST (""));
  passes (HOST (" port = 65535\n user = 'alice'\n ports = 'tcp/1'\n"
                " door-ends = 1\n"));
  passes (HOST (" credential = 'crypt'\n password-command = {'a', ''}\n"));
}
END_TEST

START_TEST (modes)
{
  struct profile_host host = sample ("web1");
  unsigned char key[32];
  profile_t profile;
  char *message, path[128];

  store (&host);
  put ("default {\n}\n", 0622);
  refused ("write");
  put ("default {\n}\n", 0644);
  ck_assert_int_eq (chmod (at ("hosts.d/web1.conf"), 0622), 0);
  refused ("write");
  ck_assert_int_eq (chmod (at ("hosts.d/web1.conf"), 0644), 0);
  ck_assert_int_eq (chmod (at ("hosts.d"), 0722), 0);
  refused ("write");
  ck_assert_int_eq (chmod (at ("hosts.d"), 0755), 0);
  ck_assert_int_eq (chmod (dir, 0777), 0);
  refused ("write");
  ck_assert_int_eq (chmod (dir, 0755), 0);
  ck_assert_int_eq (profile_open (dir, 0, &profile, &message), 0);
  snprintf (path, sizeof path, "%s/doors/web1.key", dir);
  ck_assert_int_eq (chmod (path, 0640), 0);
  ck_assert_int_ne (profile_door_key (profile, profile_get (profile, 0), key,
                                      &message), 0);
  ck_assert_ptr_nonnull (strstr (message, "chmod 600"));
  gpgrt_free (message);
  ck_assert_int_eq (chmod (path, 0600), 0);
  ck_assert_int_eq (profile_door_key (profile, profile_get (profile, 0), key,
                                      &message), 0);
  profile_close (profile);
}
END_TEST

/* What a host does not say, "default" says; wherever it stands.  */
START_TEST (defaults)
{
  const struct profile_host *a, *b;
  profile_t profile;
  char *message;

  put ("host web1 {\n address = 'a'\n server = '" FPR_A "'\n}\n"
       "default {\n signer = '" FPR_B "'\n port = 7\n ports = 'tcp/7'\n"
       " for = '60s'\n timeout = '3s'\n family = 'ipv6'\n"
       " source = '203.0.113.7'\n no-bind = true\n}\n"
       "host web2 {\n address = 'a'\n server = '" FPR_A "'\n"
       " signer = '" FPR_A "'\n port = 8\n ports = 'tcp/8'\n"
       " for = '5m'\n timeout = '4s'\n family = 'any'\n"
       " source = 'observed'\n no-bind = false\n}\n", 0600);
  ck_assert_msg (!profile_open (dir, 0, &profile, &message), "%s", message);
  a = profile_find (profile, "web1");
  ck_assert_str_eq (a->signer, FPR_B);
  ck_assert_uint_eq (a->port, 7);
  ck_assert_uint_eq (a->ports.range[0].first, 7);
  ck_assert_uint_eq (a->settings.seconds, 60);
  ck_assert_uint_eq (a->settings.timeout, 3);
  ck_assert_int_eq (a->settings.family, AF_INET6);
  ck_assert_int_eq (a->settings.source.family, AF_INET);
  ck_assert (a->settings.no_bind);
  b = profile_find (profile, "web2");
  ck_assert_str_eq (b->signer, FPR_A);
  ck_assert_uint_eq (b->port, 8);
  ck_assert_uint_eq (b->ports.range[0].first, 8);
  ck_assert_uint_eq (b->settings.seconds, 300);
  ck_assert_uint_eq (b->settings.timeout, 4);
  ck_assert_int_eq (b->settings.family, AF_UNSPEC);
  ck_assert_int_eq (b->settings.source.family, AF_UNSPEC);
  ck_assert (!b->settings.no_bind);
  ck_assert_uint_eq (b->settings.set, a->settings.set);
  profile_close (profile);
  passes (HOST (""));
  ck_assert_msg (!profile_open (dir, 0, &profile, &message), "%s", message);
  ck_assert_uint_eq (profile_get (profile, 0)->port, 62201);
  ck_assert_uint_eq (profile_get (profile, 0)->settings.set, 0);
  profile_close (profile);
}
END_TEST

#define GOOD "AQID/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

START_TEST (bad_door_keys)
{
  static const char *const bad[] =
    { "", "\n", "AQID\n",
      GOOD,                     /* No LF.  */
      GOOD "\n\n",
      /* Not canonical.  */
      "AQID/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=" "\n" };
  struct profile_host host = sample ("web1");
  unsigned char key[32];
  profile_t profile;
  char *message, path[128];
  size_t i;

  store (&host);
  snprintf (path, sizeof path, "%s/doors/web1.key", dir);
  ck_assert_int_eq (profile_open (dir, 0, &profile, &message), 0);
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      ck_assert_int_eq (file_write (path, bad[i], strlen (bad[i]), 0600, 0),
                        0);
      ck_assert_int_ne (profile_door_key (profile, profile_get (profile, 0),
                                          key, &message), 0);
      ck_assert_ptr_nonnull (strstr (message, "not a door key"));
      gpgrt_free (message);
    }
  ck_assert_int_eq (file_write (path, GOOD "\n", 45, 0600, 0), 0);
  ck_assert_int_eq (profile_door_key (profile, profile_get (profile, 0), key,
                                      &message), 0);
  profile_close (profile);
}
END_TEST

#define JOINED "address = 'a.example.org'\nserver = '" FPR_A "'\n" \
               "signer = '" FPR_B "'\n"

static void
put_joined (const char *more)
{
  char text[1024];

  ck_assert (!mkdir (at ("hosts.d"), 0700) || is_there ("hosts.d"));
  snprintf (text, sizeof text, JOINED "%s", more);
  put_file ("hosts.d/web1.conf", text, 0600);
}

/* The file of a host takes what an invite says, and nothing else.  */
START_TEST (bad_files)
{
  put_joined ("");
  profile_close (open_profile (0));
  put_joined ("for = '60s'\n");
  refused ("hosts.d/web1.conf:4: 'for' stands in hosts.conf");
  put_joined ("host web2 {\n}\n");
  refused ("web1.conf:4:");
  put_joined ("prot = 1\n");
  refused ("did you mean 'port'");
  put_joined ("port = 1\nport = 2\n");
  refused ("web1.conf:5:");
  put_file ("hosts.d/web1.conf", "server = '" FPR_A "'\n", 0600);
  refused ("host 'web1' has no 'address'");
  put_file ("hosts.d/web1.conf", "", 0600);
  refused ("host 'web1' has no 'address'");
  put_joined ("");
  put_file ("hosts.d/We.conf", JOINED, 0600);
  refused ("'We' is not a name");
}
END_TEST

/* What the person says goes before what the invite says, and that before the
   defaults; and only the invite is written.  */
START_TEST (own_before_joined)
{
  static const char own[] = "# mine\n"
    "default { port = 7 signer = '" FPR_A "' for = '1m' timeout = '2s' }\n"
    "host web1 { address = '192.0.2.1' for = '90s' }\n"
    "host web2 { for = '90s' }\n";
  const struct profile_host *host;
  struct profile_host joined;
  profile_t profile;
  char *message;
  size_t i = 0;

  put (own, 0600);
  put_joined ("user = 'alice'\n");
  profile = open_profile (1);
  ck_assert_uint_eq (profile_count (profile), 1);
  host = profile_find (profile, "web1");
  ck_assert_uint_eq (host->n_addresses, 1);
  ck_assert_str_eq (host->address[0], "192.0.2.1");
  ck_assert_str_eq (host->signer, FPR_B);
  ck_assert_uint_eq (host->port, 7);
  ck_assert_uint_eq (host->settings.seconds, 90);
  ck_assert_uint_eq (host->settings.timeout, 2);
  profile_without_own (profile, host, &joined);
  ck_assert_str_eq (joined.address[0], "a.example.org");
  ck_assert_uint_eq (joined.settings.seconds, 60);
  ck_assert_str_eq (profile_stray (profile, &i), "web2");
  ck_assert_ptr_null (profile_stray (profile, &i));
  joined.serial = 8;
  joined.port = 62201;
  ck_assert (!profile_put (profile, &joined, door, "k", 1, &message));
  stands ("hosts.conf", own);
  stands ("hosts.d/web1.conf",
          "# Written by 'postern join', as a whole.  Your own settings"
          " go into\n# hosts.conf; see postern-hosts.conf(5).\n"
          "host = 'web1'\naddress = {'a.example.org'}\n"
          "server = '" FPR_A "'\nuser = 'alice'\nserial = 8\n"
          "signer = '" FPR_B "'\nport = 62201\n");
  ck_assert_str_eq (profile_find (profile, "web1")->address[0], "192.0.2.1");
  profile_close (profile);
}
END_TEST

START_TEST (renamed)
{
  unsigned char key[32];
  profile_t profile;
  struct profile_host host = sample ("work");
  char *message;

  store (&host);
  put ("host web1 { for = '9s' }\n", 0600);
  put_joined ("");
  profile = open_profile (1);
  host = *profile_find (profile, "web1");
  ck_assert (!profile_put (profile, &host, door, "k", 1, &message));
  put_joined ("");              /* Nothing says what it calls itself.  */
  ck_assert_int_eq (gpg_err_code (profile_rename (profile, "web9", "www",
                                                  &message)),
                    GPG_ERR_NOT_FOUND);
  ck_assert_int_eq (gpg_err_code (profile_rename (profile, "web1", "work",
                                                  &message)),
                    GPG_ERR_EEXIST);
  ck_assert_int_ne (profile_rename (profile, "web1", "../x", &message), 0);
  gpgrt_free (message);
  ck_assert_int_eq (profile_rename (profile, "web1", "www", &message), 0);
  ck_assert_ptr_null (profile_find (profile, "web1"));
  ck_assert_str_eq (profile_find (profile, "www")->host, "web1");
  ck_assert (is_there ("doors/www.key") && is_there ("keys/www.pgp"));
  ck_assert (!is_there ("doors/web1.key") && !is_there ("keys/web1.pgp"));
  ck_assert (!is_there ("hosts.d/web1.conf"));
  ck_assert_int_eq (profile_door_key (profile, profile_find (profile, "www"),
                                      key, &message), 0);
  ck_assert_mem_eq (key, door, 32);
  /* Interrupted before the end: again finishes it.  */
  put_file ("keys/web1.pgp", "k", 0600);
  ck_assert_int_eq (profile_rename (profile, "web1", "www", &message), 0);
  ck_assert (!is_there ("keys/web1.pgp"));
  stands ("hosts.conf", "host web1 { for = '9s' }\n");
  profile_close (profile);
}
END_TEST

START_TEST (removed)
{
  struct profile_host host = sample ("web1");
  profile_t profile;
  char *message;

  store (&host);
  put ("host web1 { for = '9s' }\n", 0600);
  profile = open_profile (1);
  ck_assert_int_eq (gpg_err_code (profile_remove (profile, "web9",
                                                  &message)),
                    GPG_ERR_NOT_FOUND);
  ck_assert_int_eq (profile_remove (profile, "web1", &message), 0);
  ck_assert (!is_there ("doors/web1.key") && !is_there ("keys/web1.pgp"));
  ck_assert (!is_there ("hosts.d/web1.conf"));
  ck_assert_uint_eq (profile_count (profile), 0);
  stands ("hosts.conf", "host web1 { for = '9s' }\n");
  profile_close (profile);
}
END_TEST

/* What a crash left behind goes, and nothing that is not ours.  */
START_TEST (leftovers)
{
  static const char *const ours[] =
    { "hosts.conf.new-aB3xYz", "doors/web1.key.new-aB3xYz",
      "keys/web1.pgp.new-000000", "hosts.d/web1.conf.new-abcdef",
      "hosts.conf.old.new-123456" };
  static const char *const others[] =
    { "doors/mine", "doors/web1.key", "keys/web1.pgp", "hosts.conf.backup" };
  size_t i;

  profile_close (open_profile (1));
  for (i = 0; i < 5; i++)
    put_file (ours[i], "x", 0600);
  for (i = 0; i < 4; i++)
    put_file (others[i], "x", 0600);
  profile_close (open_profile (0));
  for (i = 0; i < 5; i++)
    ck_assert (is_there (ours[i]));
  profile_close (open_profile (1));
  for (i = 0; i < 5; i++)
    ck_assert (!is_there (ours[i]));
  for (i = 0; i < 4; i++)
    ck_assert (is_there (others[i]));
}
END_TEST

/* The manual has each option in the table, and each has a line of help.  */
START_TEST (manual)
{
  const char *srcdir = getenv ("srcdir");
  const struct conf_option *option;
  unsigned char *text;
  char path[256], line[64];
  size_t len;

  snprintf (path, sizeof path, "%s/doc/postern-hosts.conf.5",
            srcdir ? srcdir : ".");
  ck_assert_int_eq (file_read (path, 1 << 20, &text, &len), 0);
  for (option = host_options + 1; option->name; option++)
    {
      snprintf (line, sizeof line, "\n.It Ic %s\n",
                strcmp (option->name, "door-ends") ? option->name
                : "door , door-ends");
      if (strcmp (option->name, "door"))
        ck_assert_msg (strstr ((char *) text, line) != NULL, "%s",
                       option->name);
      ck_assert_ptr_nonnull (option->help);
    }
  free (text);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("profile");
  TCase *tc = tcase_create ("profile");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, round_trip);
  tcase_add_test (tc, password_command);
  tcase_add_test (tc, long_password_command);
  tcase_add_test (tc, replaced_in_place);
  tcase_add_test (tc, none_is_empty);
  tcase_add_test (tc, unsafe_values_are_not_written);
  tcase_add_test (tc, bad_texts);
  tcase_add_test (tc, defaults);
  tcase_add_test (tc, modes);
  tcase_add_test (tc, bad_door_keys);
  tcase_add_test (tc, bad_files);
  tcase_add_test (tc, own_before_joined);
  tcase_add_test (tc, renamed);
  tcase_add_test (tc, removed);
  tcase_add_test (tc, leftovers);
  tcase_add_test (tc, manual);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
