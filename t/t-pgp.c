/* t-pgp.c - Tests of common/pgp with real homes, keys, gpg and gpg-agent.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../common/pgp.h"

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
#include "../common/file.h"
#include "../common/framing.h"
#include "../common/pgp-local.h"
#include "../common/secret.h"

#define DEADLINE 20000          /* For what must not hang.  */
#define SHORT_DEADLINE 400      /* For what does.  */
#define TEXT "postern-request: 1\nsome: text\n"
#define MAX_ARGS 32

static char base[32];           /* /tmp/pt-XXXXXX */
static pid_t own;
static char server_fpr[NETSPEC_FPRLEN + 1];
static char other_fpr[NETSPEC_FPRLEN + 1];
static char alice[NETSPEC_FPRLEN + 1];
static char bob[NETSPEC_FPRLEN + 1];

static unsigned char msg[65536], buf[8192];
static size_t msglen;


/* A path below BASE; four at a time.  */
static const char *
at (const char *name)
{
  static char paths[4][128];
  static unsigned int turn;
  char *path = paths[turn++ % 4];

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
static int
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


/* The same for an --edit-key dialogue, fed with LINES.  */
static void
edit_key (const char *name, const char *fpr, const char *lines)
{
  const char *const args[] =
    { POSTERN_GPG, "--quiet", "--no-tty", "--pinentry-mode", "loopback",
      "--passphrase", "", "--homedir", at (name), "--command-fd", "0",
      "--status-fd", "1", "--edit-key", fpr, NULL };

  ck_assert_uint_eq (file_write (at ("dialogue"), lines, strlen (lines),
                                 0600, 0), 0);
  ck_assert_int_eq (run (args, at ("dialogue")), 0);
}


static void
make_home (const char *name)
{
  ck_assert_int_eq (mkdir (at (name), 0700), 0);
}


static pgp_t
open_home (enum pgp_side side, const char *name, unsigned int deadline)
{
  pgp_t pgp;

  ck_assert_uint_eq (pgp_new (side, at (name), deadline, &pgp), 0);
  return pgp;
}


static void
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
static void
make_key (const char *uid, const char *algo, const char *usage,
          const char *expire, const char *option, const char *value)
{
  ck_assert_int_eq (gpg ("a", option ? option : "--quiet",
                         option ? value : "--quiet",
                         "--quick-generate-key", uid, algo, usage, expire,
                         NULL), 0);
}


static void
read_file (const char *name)
{
  unsigned char *data;

  ck_assert_uint_eq (file_read (at (name), sizeof msg, &data, &msglen), 0);
  memcpy (msg, data, msglen);
  free (data);
}


/* Take UID's public key over into the roster.  */
static void
enroll (const char *uid)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);

  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export", uid, NULL), 0);
  read_file ("k");
  ck_assert_uint_eq (pgp_key_import (pgp, msg, msglen), 0);
  pgp_release (pgp);
}


/* Take it out again, if it is there.  */
static void
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


static void
setup (void)
{
  own = getpid ();
  snprintf (base, sizeof base, "/tmp/pt-XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (base));
  ck_assert_uint_eq (secret_init (65536), 0);
  ck_assert_uint_eq (pgp_init (), 0);
  ck_assert_uint_eq (file_write (at ("text"), TEXT, strlen (TEXT), 0600, 0),
                     0);
  make_people ();
  make_server ("s", "u", "server.pgp", server_fpr);
  make_server ("s2", "u2", "other.pgp", other_fpr);
}


static void
teardown (void)
{
  static const char *const homes[] = { "a", "s", "u", "s2", "u2", "v" };
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
static pid_t
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


static void
stop_agent (pid_t pid)
{
  kill (pid, SIGCONT);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}


static gpg_err_code_t
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


static gpg_err_code_t
unwrap (const char *home, size_t size, unsigned int deadline, size_t *r_len)
{
  pgp_t pgp = open_home (PGP_SERVER, home, deadline);
  gpg_error_t err;

  err = pgp_unwrap (pgp, msg, msglen, buf, size, r_len);
  pgp_release (pgp);
  return gpg_err_code (err);
}


/* Verify the LEN bytes at BLOB by SIGNERS.  */
static gpg_err_code_t
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
static gpg_err_code_t
verify_file (const char *name, unsigned int signers)
{
  struct pgp_signer who[2];

  read_file (name);
  return verify (msg, msglen, signers, who);
}


START_TEST (homes)
{
  pgp_t pgp;
  unsigned char *data;
  size_t len;
  FILE *fp;

  make_home ("h");
  ck_assert_uint_eq (gpg_err_code (pgp_home_check (at ("h"))),
                     GPG_ERR_CONFLICT);
  ck_assert_uint_eq (gpg_err_code (pgp_new (PGP_SERVER, at ("h"), 0, &pgp)),
                     GPG_ERR_CONFLICT);
  ck_assert_ptr_null (pgp);
  ck_assert_uint_eq (gpg_err_code (pgp_new (PGP_SERVER, NULL, 0, &pgp)),
                     GPG_ERR_INV_ARG);
  ck_assert_uint_eq (pgp_home_write (at ("h")), 0);
  ck_assert_uint_eq (pgp_home_check (at ("h")), 0);
  fp = fopen (at ("h/gpg.conf"), "a");
  fputs ("ignore-time-conflict\n", fp);
  fclose (fp);
  ck_assert_uint_eq (pgp_home_check (at ("h")), 0);
  ck_assert_uint_eq (file_read (at ("h/gpg.conf"), 9999, &data, &len), 0);
  *strstr ((char *)data, "weak-digest SHA1") = '#';
  ck_assert_uint_eq (file_write (at ("h/gpg.conf"), data, len, 0600, 0), 0);
  ck_assert_uint_eq (gpg_err_code (pgp_home_check (at ("h"))),
                     GPG_ERR_CONFLICT);
  free (data);
}
END_TEST


START_TEST (whole_way)
{
  struct pgp_signer who;
  pid_t agent = start_agent ("u");
  unsigned int keys;
  size_t len, keybytes;

  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  ck_assert_uint_lt (msglen - strlen (TEXT), 290);
  ck_assert_uint_eq (framing_measure (msg, msglen, &keys, &keybytes), 0);
  ck_assert_uint_eq (keys, 1);
  ck_assert_uint_eq (keybytes, 96);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, 4096, 1, NULL), 0);
  ck_assert_uint_eq (verify (buf, len, 1, &who), 0);
  ck_assert_str_eq (who.primary, alice);
  ck_assert_str_eq (who.signing, alice);
  ck_assert_uint_gt (who.time, 0);
  ck_assert_uint_eq (who.key_expires, 0);
  stop_agent (agent);
}
END_TEST


START_TEST (several_servers)
{
  pid_t agent = start_agent ("u"), agent2 = start_agent ("u2");
  unsigned int keys;
  size_t len, keybytes;

  ck_assert_uint_eq (make_message (alice, true, at ("other.pgp"),
                                   at ("server.pgp")), 0);
  ck_assert_uint_eq (framing_measure (msg, msglen, &keys, &keybytes), 0);
  ck_assert_uint_eq (keys, 2);
  ck_assert_mem_eq (msg + 3, "\0\0\0\0\0\0\0\0", 8);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, 4096, 1, NULL), 0);
  ck_assert_uint_eq (unwrap ("u2", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, 4096, 1, NULL), 0);
  stop_agent (agent);
  stop_agent (agent2);
}
END_TEST


/* The primary key's secret stays behind: the unseal home cannot sign.  */
START_TEST (unseal_home_only_decrypts)
{
  pid_t agent = start_agent ("u");
  pgp_t pgp = open_home (PGP_SERVER, "u", DEADLINE);
  gpgme_subkey_t sub;

  ck_assert_uint_eq (pgp_list (pgp, NULL, true, 0), 0);
  ck_assert_uint_eq (pgp->n_found, 1);
  sub = pgp->found[0]->subkeys;
  ck_assert_str_eq (sub->fpr, server_fpr);
  ck_assert (!sub->secret);
  ck_assert (sub->next->secret && sub->next->can_encrypt);
  ck_assert_ptr_null (sub->next->next);
  pgp_release (pgp);
  ck_assert_int_ne (gpg ("u", "-u", server_fpr, "-o", at ("x"), "-s",
                         at ("text"), NULL), 0);
  ck_assert_int_eq (gpg ("s", "-u", server_fpr, "-o", at ("x"), "-s",
                         at ("text"), NULL), 0);
  stop_agent (agent);
}
END_TEST


START_TEST (unwrap_refuses)
{
  pid_t agent = start_agent ("u");
  size_t len, n;

  ck_assert_uint_eq (make_message (alice, false, at ("other.pgp"), NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_NO_SECKEY);
  ck_assert_uint_eq (make_message (alice, true, at ("other.pgp"), NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_NO_SECKEY);
  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &n), 0);
  ck_assert_uint_eq (unwrap ("u", n, DEADLINE, &len), 0);
  ck_assert_uint_eq (unwrap ("u", n - 1, DEADLINE, &len), GPG_ERR_TOO_LARGE);
  ck_assert_uint_eq (len, 0);
  msg[msglen - 30] ^= 1;
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_DECRYPT_FAILED);
  msg[msglen - 30] ^= 1;
  msg[msglen - 1] ^= 1;
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_DECRYPT_FAILED);
  msg[msglen - 1] ^= 1;
  msg[60] ^= 1;                 /* In the session key.  */
  ck_assert_uint_ne (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  stop_agent (agent);
}
END_TEST


static size_t
count_children (void)
{
  char path[] = "/proc/thread-self/children";
  unsigned char text[4096];
  ssize_t len;
  size_t n = 0;
  int fd = open (path, O_RDONLY);

  ck_assert_int_ge (fd, 0);
  len = read (fd, text, sizeof text);
  close (fd);
  while (len > 0)
    n += text[--len] == ' ';
  return n;
}


START_TEST (agent_stopped)
{
  pid_t agent = start_agent ("u");
  pgp_t pgp = open_home (PGP_SERVER, "u", SHORT_DEADLINE);
  size_t len;

  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  kill (agent, SIGSTOP);
  ck_assert_uint_eq (gpg_err_code (pgp_unwrap (pgp, msg, msglen, buf,
                                               sizeof buf, &len)),
                     GPG_ERR_TIMEOUT);
  ck_assert_uint_eq (count_children (), 1);     /* The agent.  */
  kill (agent, SIGCONT);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  pgp_release (pgp);
  ck_assert_int_eq (kill (agent, 0), 0);
  stop_agent (agent);
}
END_TEST


START_TEST (agent_gone)
{
  pid_t agent = start_agent ("u");
  size_t len;

  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  stop_agent (agent);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_NO_AGENT);
  ck_assert_uint_eq (count_children (), 0);     /* None was started.  */
}
END_TEST


/* A gpg that never ends, with a child of its own.  */
START_TEST (gpg_hangs)
{
  static const char script[] =
    "#!/bin/sh\n"
    "test \"$1\" = --version && { echo 'gpg (GnuPG) 2.2.40'; exit; }\n"
    "sleep 1000 & sleep 1001\n";
  pgp_t pgp = open_home (PGP_SERVER, "v", SHORT_DEADLINE);
  struct pgp_signer who;
  const char *why;
  size_t len;

  ck_assert_uint_eq (file_write (at ("gpg.sh"), script, strlen (script),
                                 0700, 0), 0);
  ck_assert_uint_eq (gpgme_ctx_set_engine_info (pgp->ctx,
                                                GPGME_PROTOCOL_OpenPGP,
                                                at ("gpg.sh"), pgp->home), 0);
  ck_assert_uint_eq (gpg_err_code (pgp_verify (pgp, "x", 1, 1, &who, buf,
                                               sizeof buf, &len, &why)),
                     GPG_ERR_TIMEOUT);
  ck_assert_str_eq (why, "gpg took too long");
  ck_assert_uint_eq (count_children (), 0);
  pgp_release (pgp);
}
END_TEST


/* What a person's gpg.conf says changes nothing about the message.  */
START_TEST (persons_conf)
{
  static const char conf[] =
    "textmode\ncomment made by alice\nemit-version\narmor\n"
    "compress-algo zlib\nlocal-user bob@example.org\n"
    "encrypt-to alice@example.org\nhidden-encrypt-to alice@example.org\n"
    "digest-algo SHA1\npersonal-digest-preferences SHA1\nthrow-keyids\n"
    "default-key bob@example.org\nset-filename x\nrfc2440\n";
  struct pgp_signer who;
  pid_t agent = start_agent ("u");
  size_t len;

  ck_assert_uint_eq (file_write (at ("a/gpg.conf"), conf, strlen (conf),
                                 0600, 0), 0);
  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  unlink (at ("a/gpg.conf"));
  ck_assert_uint_eq (framing_check_outer (msg, msglen, NULL), 0);
  ck_assert_mem_ne (msg + 3, "\0\0\0\0\0\0\0\0", 8);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, 4096, 1, NULL), 0);
  ck_assert_uint_eq (verify (buf, len, 1, &who), 0);
  ck_assert_str_eq (who.primary, alice);
  stop_agent (agent);
}
END_TEST


START_TEST (sign_encrypt_refuses)
{
  ck_assert_uint_ne (make_message ("0123", false, at ("server.pgp"), NULL),
                     0);
  ck_assert_uint_ne (make_message (alice, false, at ("missing.pgp"), NULL),
                     0);
  ck_assert_uint_ne (make_message (server_fpr, false, at ("server.pgp"),
                                   NULL), 0);
  ck_assert_uint_eq (make_message (alice, false, "a\nb", NULL),
                     GPG_ERR_INV_NAME);
  ck_assert_uint_eq (make_message (alice, false, NULL, NULL),
                     GPG_ERR_INV_ARG);
  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  ck_assert_ptr_null (getenv ("POSTERN_SIGNER"));
}
END_TEST


/* What plain gpg makes of arguments, in the framing's eyes; INSIDE is
   whether to unwrap it first.  */
static const char *
why_refused (bool inside, unsigned int signers)
{
  const char *why = "";
  size_t len;

  read_file ("m");
  if (!inside)
    {
      ck_assert_uint_eq (gpg_err_code (framing_check_outer (msg, msglen,
                                                            &why)),
                         why ? GPG_ERR_BAD_DATA : 0);
      return why;
    }
  ck_assert_uint_eq (framing_check_outer (msg, msglen, NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (gpg_err_code (framing_check_inner (buf, len, 4096,
                                                        signers, &why)),
                     why ? GPG_ERR_BAD_DATA : 0);
  return why;
}

#define MAKE(...) \
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "-f", at ("server.pgp"), \
                         "-u", alice, __VA_ARGS__, NULL), 0)

START_TEST (odd_outside)
{
  MAKE ("--compress-algo", "none", "-se", at ("text"));
  ck_assert_ptr_null (why_refused (false, 1));
  MAKE ("--armor", "-se", at ("text"));
  ck_assert_str_eq (why_refused (false, 1), "armoured");
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "-f", at ("server.pgp"),
                         "-sec", at ("text"), NULL), 0);
  ck_assert_str_eq (why_refused (false, 1),
                    "passphrase-encrypted session key");
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "--compress-algo", "none",
                         "-s", at ("text"), NULL), 0);
  ck_assert_str_eq (why_refused (false, 1), "signed, but not encrypted");
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "-s", at ("text"), NULL), 0);
  ck_assert_str_eq (why_refused (false, 1), "compressed, and not encrypted");
}
END_TEST


START_TEST (odd_inside)
{
  pid_t agent = start_agent ("u");

  MAKE ("--compress-algo", "none", "-se", at ("text"));
  ck_assert_ptr_null (why_refused (true, 1));
  ck_assert_str_eq (why_refused (true, 2), "fewer signers than due");
  MAKE ("--compress-algo", "zip", "-se", at ("text"));
  ck_assert_str_eq (why_refused (true, 1), "compressed");
  MAKE ("--compress-algo", "none", "--textmode", "-se", at ("text"));
  ck_assert_str_eq (why_refused (true, 1),
                    "signature of another class than 0x00 (text mode?)");
  MAKE ("--compress-algo", "none", "-e", at ("text"));
  ck_assert_str_eq (why_refused (true, 1), "not signed");
  MAKE ("--compress-algo", "none", "-u", bob, "-se", at ("text"));
  ck_assert_str_eq (why_refused (true, 1),
                    "further signer, or nested signature");
  ck_assert_ptr_null (why_refused (true, 2));
  MAKE ("--compress-algo", "none", "--digest-algo", "SHA1", "-se",
        at ("text"));
  ck_assert_str_eq (why_refused (true, 1), "digest weaker than SHA-256");
  stop_agent (agent);
}
END_TEST


#define SIGN(signer, ...) \
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "--compress-algo", "none", \
                         "-u", signer, __VA_ARGS__, "-s", at ("text"), \
                         NULL), 0)

START_TEST (verify_good_and_bad)
{
  forget (bob);
  SIGN (alice, "-q");
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  msg[msglen - 5] ^= 1;         /* In the signature.  */
  ck_assert_uint_eq (verify (msg, msglen, 1, (struct pgp_signer[1]) { 0 }),
                     GPG_ERR_BAD_SIGNATURE);
  msg[msglen - 5] ^= 1;
  msg[30] ^= 1;                 /* In the text.  */
  ck_assert_uint_eq (verify (msg, msglen, 1, (struct pgp_signer[1]) { 0 }),
                     GPG_ERR_BAD_SIGNATURE);
  SIGN (bob, "-q");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_NO_PUBKEY);
  enroll (bob);
  ck_assert_uint_eq (verify_file ("m", 1), 0);
}
END_TEST


START_TEST (verify_counts)
{
  struct pgp_signer who[2];

  forget (bob);
  SIGN (alice, "-u", bob);
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_NO_PUBKEY);
  enroll (bob);
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_GENERAL);
  ck_assert_uint_eq (verify (msg, msglen, 2, who), 0);
  ck_assert_str_ne (who[0].primary, who[1].primary);
  SIGN (alice, "-q");
  ck_assert_uint_eq (verify_file ("m", 2), GPG_ERR_GENERAL);
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  ck_assert_uint_eq (verify_file ("text", 1), GPG_ERR_GENERAL);
}
END_TEST


START_TEST (verify_states)
{
  SIGN (alice, "--digest-algo", "SHA1");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_DIGEST_ALGO);
  SIGN (alice, "--digest-algo", "RIPEMD160");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_DIGEST_ALGO);
  SIGN (alice, "--digest-algo", "SHA224");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_DIGEST_ALGO);
  SIGN (alice, "--digest-algo", "SHA256");
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  SIGN (alice, "--textmode");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_GENERAL);
  SIGN (alice, "--default-sig-expire", "seconds=1", "--ignore-time-conflict",
        "--faked-system-time", "20260101T000000");
  /* Signed before the key was made, and ended long ago.  */
  ck_assert_uint_ne (verify_file ("m", 1), 0);
}
END_TEST


START_TEST (verify_expired)
{
  make_key ("carol <old@example.org>", "ed25519", "sign,cert", "seconds=9999",
            "--faked-system-time", "20200101T000000");
  enroll ("old@example.org");
  SIGN ("old@example.org", "--faked-system-time", "20200101T000010");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_KEY_EXPIRED);
  make_key ("carol <lives@example.org>", "ed25519", "sign,cert", "never",
            "--faked-system-time", "20200101T000000");
  enroll ("lives@example.org");
  SIGN ("lives@example.org", "--faked-system-time", "20200101T000010");
  ck_assert_uint_eq (verify_file ("m", 1), 0);
  SIGN ("lives@example.org", "--faked-system-time", "20200101T000010",
        "--default-sig-expire", "seconds=100");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_SIG_EXPIRED);
}
END_TEST


/* A certify-only primary key whose subkey signs; then that is revoked.  */
START_TEST (verify_subkey)
{
  char fpr[NETSPEC_FPRLEN + 1];
  struct pgp_signer who;

  make_key ("carol <sub@example.org>", "ed25519", "cert", "never", NULL,
            NULL);
  find_fpr ("a", "sub@example.org", fpr);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "ed25519", "sign",
                         "1y", NULL), 0);
  enroll (fpr);
  SIGN (fpr, "-q");
  read_file ("m");
  ck_assert_uint_eq (verify (msg, msglen, 1, &who), 0);
  ck_assert_str_eq (who.primary, fpr);
  ck_assert_str_ne (who.signing, fpr);
  ck_assert_uint_gt (who.key_expires, who.time);
  edit_key ("a", fpr, "key 1\nrevkey\ny\n0\n\ny\nsave\n");
  enroll (fpr);
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_CERT_REVOKED);
}
END_TEST


/* gpg left a colon before the armour of the certificate it made.  */
static void
revoke_key (const char *fpr)
{
  char name[128], *p;
  unsigned char *data;
  size_t len;

  snprintf (name, sizeof name, "a/openpgp-revocs.d/%.40s.rev", fpr);
  ck_assert_uint_eq (file_read (at (name), 9999, &data, &len), 0);
  p = strstr ((char *)data, ":-----BEGIN");
  ck_assert_ptr_nonnull (p);
  ck_assert_uint_eq (file_write (at ("rev"), p + 1, strlen (p + 1), 0600, 0),
                     0);
  free (data);
  ck_assert_int_eq (gpg ("v", "--import", at ("rev"), NULL), 0);
}


/* One context for all: what it remembers of a key ends when the home
   changes.  */
START_TEST (verify_notices_changes)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  struct pgp_signer who;
  const char *why;
  char fpr[NETSPEC_FPRLEN + 1];
  size_t len;

#define VERIFY() \
  gpg_err_code (pgp_verify (pgp, msg, msglen, 1, &who, buf, sizeof buf, \
                            &len, &why))

  make_key ("carol <change@example.org>", "ed25519", "sign,cert", "never",
            NULL, NULL);
  find_fpr ("a", "change@example.org", fpr);
  enroll (fpr);
  SIGN (fpr, "-q");
  read_file ("m");
  ck_assert_uint_eq (VERIFY (), 0);
  ck_assert_uint_eq (VERIFY (), 0);
  edit_key ("v", fpr, "disable\nquit\n");
  ck_assert_uint_eq (VERIFY (), GPG_ERR_KEY_DISABLED);
  ck_assert_str_eq (why, "signed by a disabled key");
  edit_key ("v", fpr, "enable\nquit\n");
  ck_assert_uint_eq (VERIFY (), 0);
  revoke_key (fpr);
  ck_assert_uint_eq (VERIFY (), GPG_ERR_CERT_REVOKED);
  ck_assert_uint_eq (pgp_key_delete (pgp, fpr), 0);
  ck_assert_uint_eq (VERIFY (), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (gpg_err_code (pgp_key_delete (pgp, fpr)),
                     GPG_ERR_NOT_FOUND);
  pgp_release (pgp);
}
END_TEST


/* A key whose own signatures are SHA-1 proves nothing.  */
START_TEST (verify_weak_key)
{
  pgp_t pgp;
  pgp_key_t key;

  make_key ("carol <weak@example.org>", "ed25519", "sign,cert", "never",
            "--cert-digest-algo", "SHA1");
  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export", "weak@example.org",
                         NULL), 0);
  read_file ("k");
  pgp = open_home (PGP_SERVER, "v", DEADLINE);
  if (!pgp_key_peek (pgp, msg, msglen, &key))
    {
      ck_assert (key->invalid || !key->can_sign);
      pgp_key_release (key);
    }
  ck_assert_uint_ne (pgp_key_import (pgp, msg, msglen), 0);
  pgp_release (pgp);
  SIGN ("weak@example.org", "-q");
  ck_assert_uint_eq (verify_file ("m", 1), GPG_ERR_NO_PUBKEY);
}
END_TEST


/* The verify home belongs to root, and its user can write nothing.  */
START_TEST (verify_read_only)
{
  static const char *const files[] =
    { "v/pubring.kbx", "v/trustdb.gpg", "v/gpg.conf" };
  size_t i;

  if (geteuid ())
    return;
  SIGN (alice, "-q");
  ck_assert_int_eq (chmod (base, 0711), 0);
  for (i = 0; i < sizeof files / sizeof *files; i++)
    if (!access (at (files[i]), F_OK))
      ck_assert_int_eq (chown (at (files[i]), 0, 65534)
                        || chmod (at (files[i]), 0640), 0);
  ck_assert_int_eq (chown (at ("v"), 0, 65534) || chmod (at ("v"), 0750), 0);
  read_file ("m");
  ck_assert_int_eq (setgid (65534) || setuid (65534), 0);
  ck_assert_int_ne (access (at ("v"), W_OK), 0);
  ck_assert_uint_eq (verify (msg, msglen, 1, (struct pgp_signer[1]) { 0 }),
                     0);
}
END_TEST


START_TEST (keys)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  pgp_key_t key, *list;
  unsigned char *data;
  size_t len, i;

  forget (bob);
  ck_assert_uint_eq (pgp_key_find (pgp, alice, false, &key), 0);
  ck_assert_str_eq (key->fpr, alice);
  ck_assert_str_eq (key->algorithm, "ed25519");
  ck_assert_uint_eq (key->bits, 255);
  ck_assert_uint_eq (key->n_uids, 1);
  ck_assert_str_eq (key->uid[0], "alice@example.org");
  ck_assert (key->can_sign && key->can_encrypt && !key->weak);
  ck_assert (!key->secret && !key->revoked && !key->expired);
  pgp_key_release (key);
  ck_assert_uint_eq (gpg_err_code (pgp_key_find (pgp, bob, false, &key)),
                     GPG_ERR_NOT_FOUND);
  ck_assert_uint_eq (gpg_err_code (pgp_key_find (pgp, alice, true, &key)),
                     GPG_ERR_NOT_FOUND);
  enroll (bob);
  ck_assert_uint_eq (gpg_err_code (pgp_key_find (pgp, "example.org", false,
                                                 &key)),
                     GPG_ERR_AMBIGUOUS_NAME);
  ck_assert_uint_eq (pgp_key_list (pgp, false, &list), 0);
  for (i = 0; list[i]; i++)
    pgp_key_release (list[i]);
  free (list);
  ck_assert_uint_ge (i, 2);
  ck_assert_uint_eq (pgp_key_export (pgp, alice, &data, &len), 0);
  ck_assert_uint_eq (pgp_key_peek (pgp, data, len, &key), 0);
  ck_assert_str_eq (key->fpr, alice);
  ck_assert_uint_eq (strlen (key->encrypt_fpr), 40);
  pgp_key_release (key);
  free (data);
  ck_assert_uint_eq (gpg_err_code (pgp_key_export (pgp, server_fpr, &data,
                                                   &len)),
                     GPG_ERR_NOT_FOUND);
  pgp_release (pgp);
  /* Nothing of this asked for an agent.  */
  ck_assert_int_ne (access (at ("v/S.gpg-agent"), F_OK), 0);
}
END_TEST


START_TEST (keys_refused)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  pgp_key_t key;

  ck_assert_uint_eq (gpg_err_code (pgp_key_peek (pgp, "junk\n", 5, &key)),
                     GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (gpg_err_code (pgp_key_import (pgp, "junk\n", 5)),
                     GPG_ERR_NO_PUBKEY);
  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export", alice, bob, NULL),
                    0);
  read_file ("k");
  ck_assert_uint_eq (gpg_err_code (pgp_key_import (pgp, msg, msglen)),
                     GPG_ERR_AMBIGUOUS_NAME);
  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--export-secret-keys", bob,
                         NULL), 0);
  read_file ("k");
  ck_assert_uint_eq (gpg_err_code (pgp_key_import (pgp, msg, msglen)),
                     GPG_ERR_BAD_PUBKEY);
  ck_assert_int_eq (gpg ("a", "-o", at ("k"), "--armor", "--export", bob,
                         NULL), 0);
  read_file ("k");
  ck_assert_uint_eq (pgp_key_import (pgp, msg, msglen), 0);
  pgp_release (pgp);
}
END_TEST


/* An RSA subkey for signing goes over only when asked for by mistake.  */
START_TEST (subkey_copy_refuses)
{
  pgp_t from = open_home (PGP_SERVER, "s", DEADLINE), to;

  make_home ("u3");
  ck_assert_uint_eq (pgp_home_write (at ("u3")), 0);
  to = open_home (PGP_SERVER, "u3", DEADLINE);
  ck_assert_uint_eq (gpg_err_code (pgp_subkey_copy (from, "1234", to)),
                     GPG_ERR_INV_ARG);
  ck_assert_uint_ne (pgp_subkey_copy (from, alice, to), 0);
  ck_assert_uint_ne (pgp_subkey_copy (from, server_fpr, to), 0);
  pgp_release (to);
  pgp_release (from);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("pgp");
  TCase *tc = tcase_create ("pgp");
  SRunner *sr;
  int failed;

  tcase_set_timeout (tc, 120);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, homes);
  tcase_add_test (tc, whole_way);
  tcase_add_test (tc, several_servers);
  tcase_add_test (tc, unseal_home_only_decrypts);
  tcase_add_test (tc, unwrap_refuses);
  tcase_add_test (tc, agent_stopped);
  tcase_add_test (tc, agent_gone);
  tcase_add_test (tc, gpg_hangs);
  tcase_add_test (tc, persons_conf);
  tcase_add_test (tc, sign_encrypt_refuses);
  tcase_add_test (tc, odd_outside);
  tcase_add_test (tc, odd_inside);
  tcase_add_test (tc, keys);
  tcase_add_test (tc, keys_refused);
  tcase_add_test (tc, verify_good_and_bad);
  tcase_add_test (tc, verify_counts);
  tcase_add_test (tc, verify_states);
  tcase_add_test (tc, verify_expired);
  tcase_add_test (tc, verify_subkey);
  tcase_add_test (tc, verify_notices_changes);
  tcase_add_test (tc, verify_weak_key);
  tcase_add_test (tc, subkey_copy_refuses);
  tcase_add_test (tc, verify_read_only);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
