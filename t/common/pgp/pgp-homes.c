/* pgp-homes.c - Real homes, keys and agents for the tests of common/pgp.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "pgp-homes.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../../common/base/file.h"
#include "../../../common/base/secret.h"

#define MAX_ARGS 32

char base[32];                  /* /tmp/pt-XXXXXX */
char server_fpr[NETSPEC_FPRLEN + 1];
char other_fpr[NETSPEC_FPRLEN + 1];
char alice[NETSPEC_FPRLEN + 1];
char bob[NETSPEC_FPRLEN + 1];
unsigned char msg[65536];
size_t msglen;
unsigned char buf[8192];

static pid_t own;

/* A path below BASE; sixteen at a time.  */
const char *
at (const char *name)
{
  static char paths[16][128];
  static unsigned int turn;
  char *path = paths[turn++ % 16];

  snprintf (path, sizeof paths[0], "%s/%.90s", base, name);
  return path;
}


static int
run (const char *const *args, const char *input)
{
  pid_t pid;
  int status, in, out;

  fflush (NULL);
  pid = fork ();
  ck_assert_int_ge (pid, 0);
  if (!pid)
    {
      in = open (input ? input : "/dev/null", O_RDONLY);
      out = open (at ("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
      dup2 (in, 0);
      dup2 (out, 1);
      dup2 (out, 2);
      execvp (args[0], (char **)args);
      _exit (127);
    }
  while (waitpid (pid, &status, 0) < 0)
    ck_assert_int_eq (errno, EINTR);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128;
}


/* Plain gpg in the home NAME; the arguments end with NULL.  */
int
gpg (const char *name, ...)
{
  static const char *const first[] =
    { POSTERN_GPG, "--batch", "--yes", "--quiet", "--no-tty",
      "--trust-model", "always", "--pinentry-mode", "loopback",
      "--passphrase", "", "--homedir" };
  const char *args[MAX_ARGS];
  size_t n = sizeof first / sizeof *first;
  va_list ap;

  memcpy (args, first, sizeof first);
  args[n++] = at (name);
  va_start (ap, name);
  while ((args[n] = va_arg (ap, const char *)))
    ck_assert_uint_lt (++n, MAX_ARGS);
  va_end (ap);
  return run (args, NULL);
}


void
edit_key (const char *name, const char *fpr, const char *lines)
{
  edit_key_with (name, "SHA256", fpr, lines);
}


void
edit_key_with (const char *name, const char *digest, const char *fpr,
               const char *lines)
{
  const char *const args[] =
    { POSTERN_GPG, "--quiet", "--no-tty", "--pinentry-mode", "loopback",
      "--passphrase", "", "--homedir", at (name), "--command-fd", "0",
      "--status-fd", "1", "--cert-digest-algo", digest, "--edit-key", fpr,
      NULL };

  ck_assert_uint_eq (file_write (at ("dialogue"), lines, strlen (lines),
                                 0600, 0), 0);
  ck_assert_int_eq (run (args, at ("dialogue")), 0);
}


void
make_home (const char *name)
{
  ck_assert_int_eq (mkdir (at (name), 0700), 0);
}


pgp_t
open_home (enum pgp_side side, const char *name, unsigned int deadline)
{
  pgp_t pgp;

  ck_assert_uint_eq (pgp_new (side, at (name), deadline, &pgp), 0);
  return pgp;
}


void
find_fpr (const char *home, const char *pattern, char *fpr)
{
  pgp_t pgp = open_home (PGP_PERSON, home, 0);
  pgp_key_t key;

  ck_assert_uint_eq (pgp_key_find (pgp, pattern, false, &key), 0);
  memcpy (fpr, key->fpr, sizeof key->fpr);
  pgp_key_release (key);
  pgp_release (pgp);
}


/* Make a key for UID in the person's home, further arguments for gpg
   first.  */
void
make_key (const char *uid, const char *algo, const char *usage,
          const char *expire, const char *option, const char *value)
{
  ck_assert_int_eq (gpg ("a", option ? option : "--quiet",
                         option ? value : "--quiet",
                         "--quick-generate-key", uid, algo, usage, expire,
                         NULL), 0);
}


void
read_file (const char *name)
{
  unsigned char *data;

  ck_assert_uint_eq (file_read (at (name), sizeof msg, &data, &msglen), 0);
  memcpy (msg, data, msglen);
  free (data);
}


/* Take UID's public key over into the roster.  */
void
enroll (const char *uid)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);

  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export", uid, NULL), 0);
  read_file ("k");
  ck_assert_uint_eq (pgp_key_import (pgp, msg, msglen), 0);
  pgp_release (pgp);
}


/* Take it out again, if it is there.  */
void
forget (const char *fpr)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  gpg_error_t err = pgp_key_delete (pgp, fpr);

  ck_assert (!err || gpg_err_code (err) == GPG_ERR_NOT_FOUND);
  pgp_release (pgp);
}


static void
make_server (const char *root, const char *unseal, const char *file,
             char *fpr)
{
  pgp_t from, to;
  pgp_key_t key;
  unsigned char *data;
  size_t len;

  make_home (root);
  make_home (unseal);
  ck_assert_uint_eq (pgp_home_write (at (root)), 0);
  ck_assert_uint_eq (pgp_home_write (at (unseal)), 0);
  from = open_home (PGP_SERVER, root, DEADLINE);
  to = open_home (PGP_SERVER, unseal, DEADLINE);
  ck_assert_uint_eq (pgp_key_generate (from, "postern web1", fpr), 0);
  ck_assert_uint_eq (pgp_key_find (from, fpr, true, &key), 0);
  ck_assert_str_eq (key->algorithm, "ed25519");
  ck_assert (key->secret && key->can_sign && key->can_encrypt);
  ck_assert_uint_eq (key->expires, 0);
  ck_assert_uint_eq (pgp_subkey_copy (from, key->encrypt_fpr, to), 0);
  pgp_key_release (key);
  ck_assert_uint_eq (pgp_key_export (from, fpr, &data, &len), 0);
  ck_assert_uint_eq (file_write (at (file), data, len, 0600, 0), 0);
  free (data);
  pgp_release (from);
  pgp_release (to);
}


static void
make_people (void)
{
  make_home ("a");
  make_key ("alice@example.org", "ed25519", "sign,cert", "never", NULL, NULL);
  make_key ("bob@example.org", "ed25519", "sign,cert", "never", NULL, NULL);
  find_fpr ("a", "alice@example.org", alice);
  find_fpr ("a", "bob@example.org", bob);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", alice, "cv25519", "encrypt",
                         "never", NULL), 0);
  make_home ("v");
  ck_assert_uint_eq (pgp_home_write (at ("v")), 0);
  enroll ("alice@example.org");
}


/* In the build's top folder, where make runs the tests.  */
static void
use_built_wrapper (void)
{
  char dir[4096];

  if (!access ("postern-gpg", X_OK) && getcwd (dir, sizeof dir))
    setenv ("POSTERN_LIBEXEC", dir, 0);
}


void
setup (void)
{
  own = getpid ();
  use_built_wrapper ();
  snprintf (base, sizeof base, "/tmp/pt-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (base));
  /* gpgme asks but once where the person's agent listens.  */
  setenv ("GNUPGHOME", at ("a"), 1);
  ck_assert_uint_eq (secret_init (65536), 0);
  ck_assert_uint_eq (pgp_init (), 0);
  ck_assert_uint_eq (file_write (at ("text"), TEXT, strlen (TEXT), 0600, 0),
                     0);
  make_people ();
  make_server ("s", "u", "server.pgp", server_fpr);
  make_server ("s2", "u2", "other.pgp", other_fpr);
}


void
teardown (void)
{
  static const char *const homes[] = { "a", "s", "u", "s2", "u2", "v", "ocb" };
  size_t i;

  if (getpid () != own)
    return;
  for (i = 0; i < sizeof homes / sizeof *homes; i++)
    {
      const char *const args[] = { "gpgconf", "--homedir", at (homes[i]),
                                   "--kill", "all", NULL };
      run (args, NULL);
    }
  {
    const char *const args[] = { "rm", "-rf", base, NULL };
    run (args, NULL);
  }
}


/* Start the agent of the home NAME as posternd does: with its listening
   socket as descriptor 3.  */
pid_t
start_agent (const char *name)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  char home[128], text[32];
  pid_t pid;
  int fd;

  snprintf (home, sizeof home, "%s", at (name));
  snprintf (addr.sun_path, sizeof addr.sun_path, "%.80s/S.gpg-agent", home);
  unlink (addr.sun_path);
  fd = socket (AF_UNIX, SOCK_STREAM, 0);
  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (bind (fd, (struct sockaddr *)&addr, sizeof addr), 0);
  ck_assert_int_eq (listen (fd, 16), 0);
  pid = fork ();
  if (!pid)
    {
      int out = open (at ("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

      dup2 (out, 2);
      if (fd != 3)
        dup2 (fd, 3);
      /* As posternd has it: gpg may leave before it was greeted.  */
      signal (SIGPIPE, SIG_IGN);
      snprintf (text, sizeof text, "%ld", (long)getpid ());
      setenv ("LISTEN_PID", text, 1);
      setenv ("LISTEN_FDS", "1", 1);
      execl (POSTERN_GPG_AGENT, "gpg-agent", "--homedir", home,
             "--supervised", (char *)NULL);
      _exit (127);
    }
  close (fd);
  return pid;
}


void
stop_agent (pid_t pid)
{
  kill (pid, SIGCONT);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}


gpg_err_code_t
make_message (const char *signer, bool hidden, const char *file,
              const char *file2)
{
  const char *const files[] = { file, file2, NULL };
  pgp_t pgp = open_home (PGP_PERSON, "a", 0);
  unsigned char *data;
  gpg_error_t err;

  err = pgp_sign_encrypt (pgp, signer, files, hidden, TEXT, strlen (TEXT),
                          &data, &msglen);
  pgp_release (pgp);
  if (err)
    return gpg_err_code (err);
  ck_assert_uint_le (msglen, sizeof msg);
  memcpy (msg, data, msglen);
  free (data);
  return 0;
}


gpg_err_code_t
unwrap (const char *home, size_t size, unsigned int deadline, size_t *r_len)
{
  pgp_t pgp = open_home (PGP_SERVER, home, deadline);
  gpg_error_t err;

  err = pgp_unwrap (pgp, msg, msglen, buf, size, r_len);
  pgp_release (pgp);
  return gpg_err_code (err);
}


/* Verify the LEN bytes at BLOB by SIGNERS.  */
gpg_err_code_t
verify (const void *blob, size_t len, unsigned int signers,
        struct pgp_signer *who)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  unsigned char text[4096];
  const char *why;
  size_t textlen;
  gpg_error_t err;

  err = pgp_verify (pgp, blob, len, signers, who, text, sizeof text,
                    &textlen, &why);
  pgp_release (pgp);
  ck_assert (!err == !why);
  if (!err)
    {
      ck_assert_uint_eq (textlen, strlen (TEXT));
      ck_assert_mem_eq (text, TEXT, textlen);
    }
  else
    ck_assert_uint_eq (textlen, 0);
  return gpg_err_code (err);
}


/* The signed file NAME by SIGNERS.  */
gpg_err_code_t
verify_file (const char *name, unsigned int signers)
{
  struct pgp_signer who[2];

  read_file (name);
  return verify (msg, msglen, signers, who);
}
