/* t-pgp.c - Tests of common/pgp with real homes, keys, gpg and gpg-agent.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/pgp/pgp.h"

#include <check.h>
#include <errno.h>
#include <dirent.h>
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
#include <time.h>
#include <unistd.h>
#include "../../../common/base/file.h"
#include "../../../common/wire/framing.h"
#include "../../../common/pgp/pgp-local.h"
#include "../../../common/wire/seal.h"
#include "../../../common/base/secret.h"
#include "pgp-homes.h"
#include "run-user.h"

#define SHORT_DEADLINE 400      /* For what hangs.  */


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
  /* What would keep root waiting.  */
  ck_assert_int_eq (unlink (at ("h/gpg.conf")), 0);
  ck_assert_int_eq (mkfifo (at ("h/gpg.conf"), 0600), 0);
  ck_assert_uint_eq (gpg_err_code (pgp_home_check (at ("h"))),
                     GPG_ERR_CONFLICT);
  ck_assert_int_eq (unlink (at ("h/gpg.conf")), 0);
  ck_assert_int_eq (symlink ("/dev/zero", at ("h/gpg.conf")), 0);
  ck_assert_uint_eq (gpg_err_code (pgp_home_check (at ("h"))),
                     GPG_ERR_ELOOP);
}
END_TEST


START_TEST (whole_way)
{
  struct pgp_signer who;
  pid_t agent = start_agent ("u");
  struct framing_sum sum;
  size_t len;

  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  ck_assert_uint_lt (msglen - strlen (TEXT), 290);
  ck_assert_uint_eq (framing_measure (msg, msglen, &sum), 0);
  ck_assert_uint_eq (sum.keys, 1);
  ck_assert_uint_eq (sum.keybytes, 96);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, SIZE_MAX, 4096, 1,
                                          NULL), 0);
  ck_assert_uint_eq (verify (buf, len, 1, &who), 0);
  ck_assert_str_eq (who.primary, alice);
  ck_assert_str_eq (who.signing, alice);
  stop_agent (agent);
}
END_TEST


/* Recorded: what gpg 2.4.7 in upstream's own mode wrote to a key of its own,
   which asks for OCB.  gpg 2.2 reads it too.  */
START_TEST (unwrap_ocb)
{
  const char *srcdir = getenv ("srcdir");
  unsigned char *data;
  char path[4096];
  size_t len;

  make_home ("ocb");
  ck_assert_uint_eq (pgp_home_write (at ("ocb")), 0);
  snprintf (path, sizeof path, "%s/t/keys/web1-ocb.key", srcdir ? srcdir : ".");
  ck_assert_int_eq (gpg ("ocb", "--import", path, NULL), 0);
  snprintf (path, sizeof path, "%s/t/keys/web1-ocb.msg", srcdir ? srcdir : ".");
  ck_assert_uint_eq (file_read (path, sizeof msg, &data, &msglen), 0);
  memcpy (msg, data, msglen);
  free (data);
  ck_assert_uint_eq (framing_check_outer (msg, msglen, NULL), 0);
  ck_assert_uint_eq (unwrap ("ocb", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, SIZE_MAX, 100, 1,
                                          NULL), 0);
  msg[msglen - 1] ^= 1;         /* The last tag.  */
  ck_assert_uint_eq (unwrap ("ocb", sizeof buf, DEADLINE, &len),
                     GPG_ERR_DECRYPT_FAILED);
}
END_TEST


START_TEST (several_servers)
{
  pid_t agent = start_agent ("u"), agent2 = start_agent ("u2");
  struct framing_sum sum;
  size_t len;

  ck_assert_uint_eq (make_message (alice, true, at ("other.pgp"),
                                   at ("server.pgp")), 0);
  ck_assert_uint_eq (framing_measure (msg, msglen, &sum), 0);
  ck_assert_uint_eq (sum.keys, 2);
  ck_assert_mem_eq (msg + 3, "\0\0\0\0\0\0\0\0", 8);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, SIZE_MAX, 4096, 1,
                                          NULL), 0);
  ck_assert_uint_eq (unwrap ("u2", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (framing_check_inner (buf, len, SIZE_MAX, 4096, 1,
                                          NULL), 0);
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
  pid_t agent = start_agent ("u"), agent2 = start_agent ("u2");
  size_t len, n;

  ck_assert_uint_eq (make_message (alice, false, at ("other.pgp"), NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_NO_SECKEY);
  ck_assert_uint_eq (unwrap ("u2", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (make_message (alice, true, at ("other.pgp"), NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_WRONG_SECKEY);
  ck_assert_uint_eq (unwrap ("u2", sizeof buf, DEADLINE, &len), 0);
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
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_DECRYPT_FAILED);
  msg[60] ^= 1;
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  stop_agent (agent);
  stop_agent (agent2);
}
END_TEST


/* What gpg cannot read of a session key's packet is the packet's fault: the
   framing outside looks at lengths alone.  */
START_TEST (malformed_session_keys)
{
  static const struct { size_t at; unsigned char value; } wrong[] =
    { { 12, 0xff }, { 13, 0xff }, { 13, 0 } };  /* Bits of its first number. */
  pid_t agent = start_agent ("u");
  unsigned char was;
  unsigned int i;
  size_t len;

  ck_assert_uint_eq (make_message (alice, false, at ("server.pgp"), NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
    {
      was = msg[wrong[i].at];
      msg[wrong[i].at] = wrong[i].value;
      ck_assert_uint_eq (framing_check_outer (msg, msglen, NULL), 0);
      ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                         GPG_ERR_DECRYPT_FAILED);
      msg[wrong[i].at] = was;
    }
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  stop_agent (agent);
  /* And here it is ours, with the same framing.  */
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len),
                     GPG_ERR_NO_AGENT);
}
END_TEST


static size_t
list_children (void)
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


/* The children that live; what has just ended is reaped.  */
static size_t
count_children (size_t want)
{
  const struct timespec step = { 0, 10000000 };
  int i;

  for (i = 0; i < 3000; i++)
    {
      while (waitpid (-1, NULL, WNOHANG) > 0)
        ;
      if (list_children () == want)
        break;
      nanosleep (&step, NULL);
    }
  return list_children ();
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
  ck_assert_uint_eq (count_children (1), 1);     /* The agent.  */
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
  ck_assert_uint_eq (count_children (0), 0);     /* None was started.  */
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
  ck_assert_uint_eq (count_children (0), 0);
  pgp_release (pgp);
}
END_TEST


/* An agent that gpg started, and that does not end when it is asked to,
   leaves nothing that another one would stumble over.  */
START_TEST (agent_unwilling)
{
  char fpr[NETSPEC_FPRLEN + 1], sock[256];
  struct dirent *entry;
  pgp_t pgp;
  DIR *dir;
  size_t i;
  int n = 0;

  ck_assert_int_eq (mkdir (at ("slow"), 0700), 0);
  ck_assert_uint_eq (pgp_home_write (at ("slow")), 0);
  pgp = open_home (PGP_SERVER, "slow", DEADLINE);
  ck_assert_uint_eq (pgp_key_generate (pgp, "slow", fpr), 0);
  snprintf (sock, sizeof sock, "%s", at ("slow/S.gpg-agent"));
  ck_assert_int_eq (access (sock, F_OK), 0);
  for (i = 0; i < pgp->started.n; i++)
    ck_assert_int_eq (kill (pgp->started.pid[i], SIGSTOP), 0);
  pgp_release (pgp);
  dir = opendir (at ("slow"));
  while ((entry = readdir (dir)))
    n += !strncmp (entry->d_name, "S.", 2);
  closedir (dir);
  ck_assert_int_eq (n, 0);
  ck_assert_uint_eq (count_children (0), 0);
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
  ck_assert_uint_eq (framing_check_inner (buf, len, SIZE_MAX, 4096, 1,
                                          NULL), 0);
  ck_assert_uint_eq (verify (buf, len, 1, &who), 0);
  ck_assert_str_eq (who.primary, alice);
  stop_agent (agent);
}
END_TEST


/* The largest keys that are usual, and a request with all that an open with
   one port may say (but for a reason in the person's own words).  */
START_TEST (rsa4096_fits)
{
  static const char text[] =
    "postern-request: 1\n"
    "key: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    "time: 1800000000\n"
    "to: web1=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    "action: open\n"
    "source: 2001:db8:1111:2222:3333:4444:5555:6666\n"
    "ports: tcp/22\nbind: 40022\nonce: yes\nfor: 300\n";
  const char *files[] = { NULL, NULL };
  pgp_t pgp = open_home (PGP_PERSON, "a", 0);
  char fpr[NETSPEC_FPRLEN + 1];
  unsigned char *data;
  size_t len;

  make_key ("carol <rsa@example.org>", "rsa4096", "sign,cert", "never", NULL,
            NULL);
  find_fpr ("a", "rsa@example.org", fpr);
  ck_assert_int_eq (gpg ("a", "--quick-add-key", fpr, "rsa4096", "encrypt",
                         "never", NULL), 0);
  ck_assert_int_eq (gpg ("a", "-o", at ("rsa.pgp"), "--export", fpr, NULL),
                    0);
  files[0] = at ("rsa.pgp");
  ck_assert_uint_eq (pgp_sign_encrypt (pgp, fpr, files, false, text,
                                       strlen (text), &data, &len), 0);
  /* Two lengths, and the seal around it all.  */
  ck_assert_uint_le (len + 4 + SEAL_OVERHEAD, SEAL_MAX4);
  ck_assert_uint_le (len - strlen (text), 1182);
  free (data);
  pgp_release (pgp);
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
  enum framing_flaw flaw = FRAMING_GOOD;
  size_t len;

  read_file ("m");
  if (!inside)
    {
      ck_assert_uint_eq (gpg_err_code (framing_check_outer (msg, msglen,
                                                            &flaw)),
                         flaw ? GPG_ERR_BAD_DATA : 0);
      return framing_text (flaw);
    }
  ck_assert_uint_eq (framing_check_outer (msg, msglen, NULL), 0);
  ck_assert_uint_eq (unwrap ("u", sizeof buf, DEADLINE, &len), 0);
  ck_assert_uint_eq (gpg_err_code (framing_check_inner (buf, len, SIZE_MAX,
                                                        4096, signers, &flaw)),
                     flaw ? GPG_ERR_BAD_DATA : 0);
  return framing_text (flaw);
}

#define MAKE(...) \
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "-f", at ("server.pgp"), \
                         "-u", alice, __VA_ARGS__, NULL), 0)

START_TEST (odd_outside)
{
  MAKE ("--compress-algo", "none", "-se", at ("text"));
  ck_assert_pstr_eq (NULL, why_refused (false, 1));
  MAKE ("--armor", "-se", at ("text"));
  ck_assert_str_eq (why_refused (false, 1), "armoured");
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "-f", at ("server.pgp"),
                         "--passphrase", "x", "-sec", at ("text"), NULL),
                    0);
  ck_assert_str_eq (why_refused (false, 1),
                    "a session key encrypted with a passphrase");
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "--compress-algo", "none",
                         "-s", at ("text"), NULL), 0);
  ck_assert_str_eq (why_refused (false, 1), "signed, but not encrypted");
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "-s", at ("text"), NULL), 0);
  ck_assert_str_eq (why_refused (false, 1), "compressed");
}
END_TEST


START_TEST (odd_inside)
{
  pid_t agent = start_agent ("u");

  MAKE ("--compress-algo", "none", "-se", at ("text"));
  ck_assert_pstr_eq (NULL, why_refused (true, 1));
  ck_assert_str_eq (why_refused (true, 2), "fewer signatures than expected");
  MAKE ("--compress-algo", "zip", "-se", at ("text"));
  ck_assert_str_eq (why_refused (true, 1), "compressed");
  MAKE ("--compress-algo", "none", "--textmode", "-se", at ("text"));
  ck_assert_str_eq (why_refused (true, 1),
                    "signed in text mode (class 0x01)");
  MAKE ("--compress-algo", "none", "-e", at ("text"));
  ck_assert_str_eq (why_refused (true, 1), "not signed");
  MAKE ("--compress-algo", "none", "-u", bob, "-se", at ("text"));
  ck_assert_str_eq (why_refused (true, 1),
                    "more signatures than expected");
  ck_assert_pstr_eq (NULL, why_refused (true, 2));
  MAKE ("--compress-algo", "none", "--digest-algo", "SHA1", "-se",
        at ("text"));
  ck_assert_str_eq (why_refused (true, 1),
                    "signed with a digest other than SHA-256, 384 and 512");
  stop_agent (agent);
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


/* Exports one behind the other.  */
START_TEST (keys_of_several_files)
{
  pgp_t pgp = open_home (PGP_SERVER, "v", DEADLINE);
  pgp_key_t *list;
  size_t len;

  read_file ("other.pgp");
  len = msglen;
  memcpy (buf, msg, len);
  read_file ("server.pgp");
  memcpy (buf + len, msg, msglen);
  ck_assert_uint_eq (pgp_keys_peek (pgp, buf, len + msglen, &list), 0);
  ck_assert_str_eq (list[0]->fpr, other_fpr);
  ck_assert_str_eq (list[1]->fpr, server_fpr);
  ck_assert (list[0]->can_encrypt && list[1]->session_size);
  ck_assert_ptr_null (list[2]);
  pgp_list_release (list);
  ck_assert_uint_ne (pgp_keys_peek (pgp, buf, len + msglen - 1, &list), 0);
  ck_assert_ptr_null (list);
  pgp_release (pgp);
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

  if (!run_user_hide ())
    return 77;
  tcase_set_timeout (tc, 120);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, homes);
  tcase_add_test (tc, whole_way);
  tcase_add_test (tc, unwrap_ocb);
  tcase_add_test (tc, several_servers);
  tcase_add_test (tc, unseal_home_only_decrypts);
  tcase_add_test (tc, unwrap_refuses);
  tcase_add_test (tc, malformed_session_keys);
  tcase_add_test (tc, agent_stopped);
  tcase_add_test (tc, agent_gone);
  tcase_add_test (tc, agent_unwilling);
  tcase_add_test (tc, gpg_hangs);
  tcase_add_test (tc, persons_conf);
  tcase_add_test (tc, rsa4096_fits);
  tcase_add_test (tc, sign_encrypt_refuses);
  tcase_add_test (tc, odd_outside);
  tcase_add_test (tc, odd_inside);
  tcase_add_test (tc, keys);
  tcase_add_test (tc, keys_of_several_files);
  tcase_add_test (tc, keys_refused);
  tcase_add_test (tc, subkey_copy_refuses);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
