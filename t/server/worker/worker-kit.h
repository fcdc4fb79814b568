/* worker-kit.h - The homes of unseal and verify, and messages to them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program, which needs root and the users of
 * the two roles.  All keys and messages are made once, by real gpg:
 *
 *   setup_all      Make the homes below config_dir/state: the server's key in
 *                  "root", its encryption subkey in "agent", those of alice
 *                  and of a stranger in homes of their own, alice's in
 *                  "muster"; write the messages that the tests send and a
 *                  configuration; have the snapshot made, by the program
 *                  "muster".
 *   teardown_all   Remove it all.
 *   start_agent, stop_agent
 *                  Around each test: the program "agent", as posternd starts
 *                  it.  It ends with the process that started it.
 *   connect_agent  A connection to its restricted socket.
 *   GPG            Run gpg on one of the homes.
 *   file, slurp    The path of a file that setup_all made, and its bytes.  */

#ifndef POSTERN_TEST_WORKER_KIT_H
#define POSTERN_TEST_WORKER_KIT_H

#include "../../../server/worker/worker.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../../../common/base/encode.h"
#include "../../../common/pgp/openpgp/openpgp-key.h"
#include "../../../common/pgp/pgp.h"
#include "../../../common/wire/framing.h"
#include "../../../server/agent/agent.h"
#include "../../../server/muster/muster-spawn.h"
#include "../../../server/role/spawn.h"
#include "../config/config-dir.h"

#define TEXT "postern-request: 1\nmore, which these two do not read\n"
#define MAXFILE 16384

static char server_fpr[NETSPEC_FPRLEN + 1], alice_fpr[NETSPEC_FPRLEN + 1];
static char carol_fpr[NETSPEC_FPRLEN + 1];
static char hash[2 * CONFIG_HASHLEN + 1];
static time_t made;             /* When the messages were.  */

static const char *
home (const char *name)
{
  static char path[4][128];
  static unsigned int i;

  i = (i + 1) % 4;
  snprintf (path[i], sizeof path[i], "%s/state/%s", config_dir, name);
  return path[i];
}

/* Run gpg with ARGS (NULL-ended) on the home NAME, stdin from FROM.  */
static void
gpg (const char *name, const char *from, const char *to,
     const char *const *args)
{
  const char *argv[24] =
    { "gpg", "--homedir", home (name), "--no-options", "--batch", "--quiet",
      "--yes", "--trust-model", "always", "--pinentry-mode", "loopback",
      "--passphrase", "", "-z", "0" };
  size_t n = 15;
  pid_t child;
  int status;

  while (*args)
    argv[n++] = *args++;
  argv[n] = NULL;
  child = fork ();
  if (!child)
    {
      if ((from && !freopen (from, "r", stdin))
          || (to && !freopen (to, "w", stdout)))
        _exit (99);
      execv (POSTERN_GPG, (char *const *)(uintptr_t)argv);
      _exit (99);
    }
  ck_assert_int_eq (waitpid (child, &status, 0), child);
  ck_assert_msg (!status, "gpg %s on %s failed", argv[15], name);
}

#define GPG(name, from, to, ...)                                        \
  gpg (name, from, to, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
file (const char *name)
{
  static char path[4][128];
  static unsigned int i;

  i = (i + 1) % 4;
  snprintf (path[i], sizeof path[i], "%s/%s", config_dir, name);
  return path[i];
}

static size_t
slurp (const char *name, unsigned char *buf)
{
  FILE *fp = fopen (file (name), "r");
  size_t n;

  ck_assert_ptr_nonnull (fp);
  n = fread (buf, 1, MAXFILE, fp);
  fclose (fp);
  ck_assert_uint_gt (n, 0);
  return n;
}

static void
own_home (const char *name, const char *user, mode_t mode)
{
  struct passwd *pw = user? getpwnam (user) : NULL;

  ck_assert_int_eq (mkdir (home (name), 0700), 0);
  if (user && (mode & 070))
    ck_assert_int_eq (chown (home (name), 0, pw->pw_gid), 0);
  ck_assert_int_eq (chmod (home (name), mode), 0);
}

static int
give_one (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  struct passwd *pw = getpwnam (ROLE_USER_AGENT);

  (void)st;
  (void)type;
  (void)ftw;
  return lchown (path, pw->pw_uid, pw->pw_gid);
}

static void
end_agent (const char *name)
{
  pid_t child = fork ();

  if (!child)
    {
      execlp ("gpgconf", "gpgconf", "--homedir", home (name), "--kill",
              "gpg-agent", NULL);
      _exit (99);
    }
  waitpid (child, NULL, 0);
}

static int agent_fd[2] = { -1, -1 };    /* The full socket, the restricted.  */
static pid_t agent_pid;
static int snapshot_fd = -1;

/* Listen in the folder of the configuration, which only root can enter.  */
static void
listen_for_agent (void)
{
  static const char *const names[] = { "full", "restricted" };
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  int i;

  for (i = 0; i < 2; i++)
    {
      snprintf (sun.sun_path, sizeof sun.sun_path, "%s", file (names[i]));
      agent_fd[i] = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      ck_assert_int_eq (bind (agent_fd[i], (struct sockaddr *)&sun,
                              sizeof sun), 0);
      ck_assert_int_eq (listen (agent_fd[i], 8), 0);
    }
}

/* As posternd does, by the program that was built.  */
static void
start_agent (void)
{
  char here[512];

  ck_assert_ptr_nonnull (getcwd (here, sizeof here));
  ck_assert_uint_eq (agent_spawn (here, home ("agent"), agent_fd, false, -1,
                                  &agent_pid), 0);
}

static void
stop_agent (void)
{
  ck_assert_int_eq (kill (agent_pid, SIGKILL), 0);
  waitpid (agent_pid, NULL, 0);
}

/* A connection to the restricted socket.  */
static int
connect_agent (void)
{
  const struct timeval wait = { 20, 0 };
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  snprintf (sun.sun_path, sizeof sun.sun_path, "%s", file ("restricted"));
  ck_assert_int_eq (connect (fd, (struct sockaddr *)&sun, sizeof sun), 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  return fd;
}

/* Have the keyring "muster" judged, by the program that was built.  */
static void
take_muster (void)
{
  struct muster_run run;
  char here[512];

  ck_assert_ptr_nonnull (getcwd (here, sizeof here));
  ck_assert_uint_eq (muster_spawn (here, home ("muster"), false, -1,
                                   &run), 0);
  ck_assert_int_eq (spawn_wait (run.pid), 0);
  ck_assert_uint_eq (muster_seal (&run, &snapshot_fd), 0);
  muster_run_close (&run);
}

/* The server's key in "root", its subkey in "agent"; alice's and
   a stranger's keys in "alice" and "stranger", alice's in "muster".  */
static void
make_homes (void)
{
  pgp_t root, unseal, alice, verify;
  pgp_key_t key;
  unsigned char *data;
  size_t len;

  own_home ("root", NULL, 0700);
  own_home ("agent", NULL, 0700);
  own_home ("alice", NULL, 0700);
  own_home ("muster", ROLE_USER_MUSTER, 0750);
  ck_assert_uint_eq (pgp_init (), 0);
  ck_assert_uint_eq (pgp_home_write (home ("root")), 0);
  ck_assert_uint_eq (pgp_home_write (home ("agent")), 0);
  ck_assert_uint_eq (pgp_home_write (home ("alice")), 0);
  ck_assert_uint_eq (pgp_home_write (home ("muster")), 0);
  ck_assert_uint_eq (pgp_new (PGP_SERVER, home ("root"), 30000, &root), 0);
  ck_assert_uint_eq (pgp_new (PGP_SERVER, home ("agent"), 30000, &unseal),
                     0);
  ck_assert_uint_eq (pgp_new (PGP_SERVER, home ("alice"), 30000, &alice), 0);
  ck_assert_uint_eq (pgp_new (PGP_SERVER, home ("muster"), 30000, &verify),
                     0);
  ck_assert_uint_eq (pgp_key_generate (root, "web1", server_fpr), 0);
  ck_assert_uint_eq (pgp_key_find (root, server_fpr, true, &key), 0);
  ck_assert_uint_eq (pgp_subkey_copy (root, key->encrypt_fpr, unseal), 0);
  pgp_key_release (key);
  ck_assert_uint_eq (pgp_key_generate (alice, "alice", alice_fpr), 0);
  ck_assert_uint_eq (pgp_key_export (alice, alice_fpr, &data, &len), 0);
  ck_assert_uint_eq (pgp_key_import (verify, data, len), 0);
  free (data);
  ck_assert_uint_eq (pgp_key_export (root, server_fpr, &data, &len), 0);
  put_bytes ("server.pgp", data, len);
  free (data);
  pgp_release (root);
  pgp_release (unseal);
  pgp_release (alice);
  pgp_release (verify);
  end_agent ("root");
  end_agent ("agent");
  end_agent ("muster");
}

static void
share_verify (void)
{
  char path[160];
  struct passwd *pw = getpwnam (ROLE_USER_MUSTER);
  static const char *const names[] = { "gpg.conf", "pubring.kbx",
                                       "trustdb.gpg" };
  size_t i;

  for (i = 0; i < COUNT (names); i++)
    {
      snprintf (path, sizeof path, "%s/%s", home ("muster"), names[i]);
      if (access (path, F_OK))
        continue;
      ck_assert_int_eq (chown (path, 0, pw->pw_gid), 0);
      ck_assert_int_eq (chmod (path, 0640), 0);
    }
}

/* Carol's key signs, and is then made one that may not; only that is in the
   roster.  */
static void
make_carol (void)
{
  pgp_t alice, verify;
  pgp_key_t key;
  unsigned char *data;
  size_t len;

  GPG ("alice", NULL, NULL, "--quick-gen-key", "carol", "ed25519",
       "sign,cert", "never");
  GPG ("alice", file ("text"), file ("usage"), "-f", file ("server.pgp"),
       "-u", "carol", "-se");
  put ("dialogue", "change-usage\nS\nQ\nsave\n");
  GPG ("alice", file ("dialogue"), file ("answers"), "--no-batch", "--no-tty",
       "--command-fd", "0", "--status-fd", "1", "--edit-key", "carol");
  ck_assert_uint_eq (pgp_new (PGP_SERVER, home ("alice"), 30000, &alice), 0);
  ck_assert_uint_eq (pgp_new (PGP_SERVER, home ("muster"), 30000, &verify),
                     0);
  ck_assert_uint_eq (pgp_key_find (alice, "carol", false, &key), 0);
  ck_assert (!key->can_sign);
  memcpy (carol_fpr, key->fpr, sizeof carol_fpr);
  ck_assert_uint_eq (pgp_key_export (alice, key->fpr, &data, &len), 0);
  ck_assert_uint_eq (pgp_key_import (verify, data, len), 0);
  free (data);
  pgp_key_release (key);
  pgp_release (alice);
  pgp_release (verify);
}

/* The server's encryption subkey, in base64.  */
static char *
print_subkey (void)
{
  unsigned char data[MAXFILE];
  const unsigned char *body;
  size_t len = slurp ("server.pgp", data), at = 0, body_len;
  char *text;

  ck_assert (framing_next_part (data, len, &at, &body, &body_len));
  ck_assert (framing_next_part (data, len, &at, &body, &body_len));
  ck_assert_uint_eq (encode_base64 (body, body_len, &text), 0);
  return text;
}

/* A configuration with the keys that there are.  */
static void
write_config (void)
{
  char text[4096], *subkey = print_subkey ();

  snprintf (text, sizeof text, "host = 'web1'\nserver = '%s'\n"
            "encryption-keys = {'%s'}\nprotect = {'tcp/22'}\n"
            "state = '%s/state'\n", server_fpr, subkey, config_dir);
  put ("posternd.conf", text);
  snprintf (text, sizeof text, "user alice {\n  key = '%s'\n"
            "  groups = {'ops'}\n}\nuser carol {\n  key = '%s'\n"
            "  groups = {'ops'}\n}\nrule ssh {\n  groups = {'ops'}\n"
            "  ports = {'tcp/22'}\n}\n", alice_fpr, carol_fpr);
  put ("access.conf", text);
  put ("doors/main.key", DOOR_KEY);
  accepted ();
  encode_hex (config->hash, CONFIG_HASHLEN, hash);
  free (subkey);
}

static void
setup_all (void)
{
  setup_dir ();
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  ck_assert_int_eq (mkdir (file ("state"), 0755), 0);
  ck_assert_int_eq (chmod (file ("state"), 0755), 0);
  make_homes ();
  put ("text", TEXT);
  GPG ("alice", file ("text"), file ("sealed"), "-f", file ("server.pgp"),
       "-u", alice_fpr, "-se");
  GPG ("alice", file ("text"), file ("to-alice"), "-r", alice_fpr, "-u",
       alice_fpr, "-se");
  GPG ("alice", file ("text"), file ("hidden-to-alice"), "-R", alice_fpr,
       "-u", alice_fpr, "-se");
  GPG ("alice", file ("text"), file ("hidden"), "-F", file ("server.pgp"),
       "-R", alice_fpr, "-u", alice_fpr, "-se");
  GPG ("alice", file ("text"), file ("signed"), "-u", alice_fpr, "-s");
  GPG ("alice", file ("text"), file ("unsigned"), "-f", file ("server.pgp"),
       "-e");
  /* A signature that ends at once, one that demands what nobody knows, and
     one by a key that may only certify since.  */
  GPG ("alice", file ("text"), file ("ended"), "-f", file ("server.pgp"),
       "-u", alice_fpr, "--default-sig-expire", "seconds=1", "-se");
  GPG ("alice", file ("text"), file ("critical"), "-f", file ("server.pgp"),
       "-u", alice_fpr, "-N", "!unknown@example.org=x", "-se");
  make_carol ();
  GPG ("alice", NULL, NULL, "--quick-gen-key", "stranger", "ed25519", "sign");
  GPG ("alice", file ("text"), file ("stranger"), "-f", file ("server.pgp"),
       "-u", "stranger", "-se");
  made = time (NULL);
  end_agent ("alice");
  share_verify ();
  ck_assert_int_eq (nftw (home ("agent"), give_one, 8, FTW_PHYS), 0);
  write_config ();
  listen_for_agent ();
  take_muster ();
}

static void
teardown_all (void)
{
  teardown_dir ();
}

#endif /*POSTERN_TEST_WORKER_KIT_H*/
