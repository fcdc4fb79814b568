/* tool-engine.c - What Postern's own reading says of many messages.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 *   tool-engine inside SIGNERS
 *   tool-engine outside RECEIVERS SOCKET
 *   tool-engine whole RECEIVERS SOCKET SIGNERS
 *
 * SIGNERS and RECEIVERS are public keys, as gpg exports them; SOCKET is the
 * restricted one of the agent that has the secrets of RECEIVERS.  On stdin is
 * each message, after its length in four bytes; on stdout a line for each:
 * "accept" and the SHA-256 of what came out, or "refuse" and why.
 *
 * The checks are those of server/worker/unseal.c and verify.c, in their
 * order; but what a snapshot says of the people is not in question here: all
 * keys are good, and have no end.  */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <gcrypt.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/secret.h"
#include "../../common/pgp/openpgp/agent-link.h"
#include "../../common/pgp/openpgp/openpgp-signature.h"
#include "../../common/wire/framing-local.h"

#define POOL 65536
#define MAX_RING (1024 * 1024)
#define MAX_KEYS 64
#define MAX_MESSAGE (1024 * 1024)
#define AGENT_SECONDS 30
#define CLASS_SELF 0x13         /* A certificate of the key itself.  */
#define MAY_SIGN 0x02
#define SHA256_LEN 32

struct ring
{
  unsigned char *data;
  size_t len;
  struct openpgp_key key[MAX_KEYS];
  bool signs[MAX_KEYS];         /* gpg and the engine let it sign.  */
  size_t n;
};

static struct ring signers, receivers;


static void
fail (const char *what, gpg_error_t err)
{
  fprintf (stderr, "tool-engine: %s: %s\n", what, gpg_strerror (err));
  exit (EXIT_FAILURE);
}


/* Judge the newest key of RING, whose primary is PRIMARY, by the signature
   packet after it.  */
static void
judge_key (struct ring *ring, size_t primary, const struct packet *pkt)
{
  size_t last = ring->n - 1;
  struct framing_signature self;
  uint64_t expires;

  if (last != primary)
    ring->signs[last] = !openpgp_binding_check (pkt->first, pkt->len,
                                                ring->key + primary,
                                                ring->key + last, &expires);
  else if (!framing_read_signature (pkt->first, pkt->len, CLASS_SELF, &self))
    ring->signs[last] = self.key_flags & MAY_SIGN;
}


/* Keys that the engine refuses, as it does at enrolment, are left out.  */
static void
read_ring (const char *path, struct ring *ring)
{
  gpg_error_t err = file_read (path, MAX_RING, &ring->data, &ring->len);
  size_t primary = 0;
  bool known = false;
  struct packet pkt;
  struct walk w;

  if (err)
    fail (path, err);
  framing_begin (&w, ring->data, ring->len);
  while (w.left && framing_next (&w, &pkt))
    if (pkt.tag == TAG_PUBLIC_KEY || pkt.tag == TAG_PUBLIC_SUBKEY)
      {
        known = ring->n < MAX_KEYS
                && !openpgp_key_read (pkt.first, pkt.len, ring->key + ring->n);
        if (pkt.tag == TAG_PUBLIC_KEY)
          primary = ring->n;
        ring->n += known;
      }
    else if (pkt.tag == TAG_SIGNATURE && known)
      judge_key (ring, primary, &pkt);
  if (w.left || !ring->n)
    fail (path, gpg_error (GPG_ERR_BAD_DATA));
}


/* Leave only what decrypts; each primary key of the test is an EdDSA key.  */
static void
keep_receivers (struct ring *ring)
{
  size_t i, n = 0;

  for (i = 0; i < ring->n; i++)
    if (ring->key[i].algo == OPENPGP_RSA || ring->key[i].algo == OPENPGP_ECDH)
      ring->key[n++] = ring->key[i];
  ring->n = n;
}


/* The agent.  Most mutations leave the session key as it is: what was asked
   before is not asked again.  */

#define REMEMBERED 1024
#define ASKED_AGAIN 32

struct remembered
{
  bool known;
  unsigned char digest[SHA256_LEN];
  unsigned char grip[OPENPGP_GRIPLEN];
  unsigned char cipher[OPENPGP_MAX_ASKED];
  size_t len;
  gpg_error_t err;
  struct openpgp_answer answer;
};

static struct remembered memory[REMEMBERED];
static const char *agent_path;
static agent_link_t agent;


static gpg_error_t
connect_agent (void)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  struct timeval limit = { AGENT_SECONDS, 0 };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || strlen (agent_path) >= sizeof addr.sun_path)
    return gpg_error (GPG_ERR_NO_AGENT);
  memcpy (addr.sun_path, agent_path, strlen (agent_path) + 1);
  if (connect (fd, (struct sockaddr *)&addr, sizeof addr)
      || setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit)
      || setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit))
    {
      close (fd);
      return gpg_error (GPG_ERR_NO_AGENT);
    }
  return agent_link_open (fd, &agent);
}


static gpg_error_t
ask_agent (const unsigned char *grip, const void *cipher, size_t len,
           struct openpgp_answer *r_answer)
{
  gpg_error_t err = agent ? 0 : connect_agent ();

  if (!err)
    err = agent_link_decrypt (agent, grip, cipher, len, r_answer);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT
      || gpg_err_code (err) == GPG_ERR_NO_AGENT)
    fail ("the agent", err);
  return err;
}


/* Where GRIP and CIPHER are remembered.  */
static struct remembered *
find_remembered (const unsigned char *grip, const void *cipher, size_t len,
                 unsigned char digest[SHA256_LEN])
{
  gcry_buffer_t parts[2];

  memset (parts, 0, sizeof parts);
  parts[0].data = (void *)grip;
  parts[0].len = OPENPGP_GRIPLEN;
  parts[1].data = (void *)cipher;
  parts[1].len = len;
  gcry_md_hash_buffers (GCRY_MD_SHA256, 0, digest, parts, 2);
  return memory + (digest[0] << 8 | digest[1]) % REMEMBERED;
}


/* An openpgp_asks_t.  */
static gpg_error_t
ask_once (void *hook, const unsigned char *grip, const void *cipher,
          size_t len, struct openpgp_answer *r_answer)
{
  unsigned char digest[SHA256_LEN];
  struct remembered *m = find_remembered (grip, cipher, len, digest);

  (void) hook;
  if (len > sizeof m->cipher)
    fail ("a question", gpg_error (GPG_ERR_TOO_LARGE));
  if (!m->known || memcmp (m->digest, digest, sizeof digest))
    {
      m->err = ask_agent (grip, cipher, len, &m->answer);
      memcpy (m->digest, digest, sizeof digest);
      memcpy (m->grip, grip, sizeof m->grip);
      memcpy (m->cipher, cipher, len);
      m->len = len;
      m->known = true;
    }
  *r_answer = m->answer;
  return m->err;
}


/* After all that it was asked over one connection, the agent still gives the
   same answers, each to its own question.  */
static void
ask_again (void)
{
  struct openpgp_answer answer;
  struct remembered *m;
  size_t n = 0;

  for (m = memory; m < memory + REMEMBERED && n < ASKED_AGAIN; m++)
    if (m->known && !m->err)
      {
        memset (&answer, 0, sizeof answer);
        if (ask_agent (m->grip, m->cipher, m->len, &answer)
            || answer.len != m->answer.len
            || memcmp (answer.value, m->answer.value, answer.len))
          fail ("the agent's answer", gpg_error (GPG_ERR_CONFLICT));
        n++;
      }
}


/* Verdicts.  */

static void
print_refusal (const char *side, const char *why)
{
  printf ("refuse %s: %s\n", side, why);
}


static void
print_accepted (const void *data, size_t len)
{
  unsigned char digest[SHA256_LEN];
  char hex[2 * sizeof digest + 1];

  gcry_md_hash_buffer (GCRY_MD_SHA256, digest, data, len);
  encode_hex (digest, sizeof digest, hex);
  printf ("accept %s\n", hex);
}


/* As unwrap_sealed of server/worker/unseal.c.  BUF takes as many bytes as
   the message has.  */
static bool
open_outside (const unsigned char *msg, size_t len, unsigned char *buf,
              size_t *r_len)
{
  enum framing_flaw flaw;
  gpg_error_t err;

  if (framing_check_outer (msg, len, &flaw))
    {
      print_refusal ("outside", framing_text (flaw));
      return false;
    }
  err = openpgp_unwrap (receivers.key, receivers.n, ask_once, NULL, msg, len,
                        buf, len, r_len);
  if (!err && !*r_len)
    err = gpg_error (GPG_ERR_DECRYPT_FAILED);
  if (err)
    print_refusal ("outside", gpg_strerror (err));
  return !err;
}


static gpg_error_t
find_signer (const unsigned char *fpr, size_t *r_i)
{
  for (*r_i = 0; *r_i < signers.n; ++*r_i)
    if (!memcmp (signers.key[*r_i].fpr, fpr, OPENPGP_FPRLEN))
      return 0;
  return gpg_error (GPG_ERR_NO_PUBKEY);
}


/* As judge_signature of server/worker/verify.c, without the snapshot.  */
static gpg_error_t
judge_signature (const struct openpgp_signature *sig,
                 const unsigned char *text, size_t len)
{
  uint64_t now = (uint64_t)time (NULL);
  size_t i;
  gpg_error_t err = find_signer (sig->issuer, &i);

  if (!err)
    err = openpgp_signature_check (sig, signers.key + i, text, len);
  if (!err && !signers.signs[i])
    err = gpg_error (GPG_ERR_WRONG_KEY_USAGE);
  if (!err && sig->created < signers.key[i].created)
    err = gpg_error (GPG_ERR_TIME_CONFLICT);
  if (!err && sig->lifetime && (uint64_t)sig->created + sig->lifetime <= now)
    err = gpg_error (GPG_ERR_SIG_EXPIRED);
  return err;
}


/* As verify_blob of the same.  */
static void
read_inside (const unsigned char *blob, size_t len)
{
  unsigned char text[OPENPGP_MAX_LITERAL];
  struct openpgp_signature sig;
  enum framing_flaw flaw;
  size_t text_len;
  gpg_error_t err;

  if (framing_check_inner (blob, len, OPENPGP_MAX_SIGNED, OPENPGP_MAX_LITERAL,
                           1, &flaw))
    {
      print_refusal ("inside", framing_text (flaw));
      return;
    }
  err = openpgp_signed_read (blob, len, text, &text_len, &sig);
  if (!err)
    err = judge_signature (&sig, text, text_len);
  if (!err && !text_len)
    err = gpg_error (GPG_ERR_NO_DATA);
  if (err)
    print_refusal ("inside", gpg_strerror (err));
  else
    print_accepted (text, text_len);
}


/* MSG in memory of its exact size, so that a sanitizer sees each step beyond
   it.  */
static void
judge_message (const unsigned char *msg, size_t len, bool outside, bool inside)
{
  unsigned char *buf = malloc (len ? len : 1);
  size_t n = 0;

  if (!buf)
    fail ("memory", gpg_error_from_syserror ());
  if (!outside)
    read_inside (msg, len);
  else if (open_outside (msg, len, buf, &n))
    {
      if (inside)
        read_inside (buf, n);
      else
        print_accepted (buf, n);
    }
  free (buf);
}


static bool
read_message (unsigned char **r_msg, size_t *r_len)
{
  unsigned char head[4];

  if (fread (head, sizeof head, 1, stdin) != 1)
    return false;
  *r_len = (size_t)head[0] << 24 | (size_t)head[1] << 16
           | (size_t)head[2] << 8 | head[3];
  *r_msg = *r_len > MAX_MESSAGE ? NULL : malloc (*r_len ? *r_len : 1);
  if (!*r_msg || (*r_len && fread (*r_msg, *r_len, 1, stdin) != 1))
    fail ("stdin", gpg_error (GPG_ERR_BAD_DATA));
  return true;
}


int
main (int argc, char **argv)
{
  bool whole = argc == 5 && !strcmp (argv[1], "whole");
  bool outside = whole || (argc == 4 && !strcmp (argv[1], "outside"));
  unsigned char *msg;
  size_t len;
  gpg_error_t err;

  if (!outside && (argc != 3 || strcmp (argv[1], "inside")))
    return EXIT_FAILURE;
  err = secret_init (POOL);
  if (err)
    fail (secret_why (err), err);
  if (outside)
    {
      read_ring (argv[2], &receivers);
      keep_receivers (&receivers);
      agent_path = argv[3];
    }
  if (whole || !outside)
    read_ring (argv[argc - 1], &signers);
  while (read_message (&msg, &len))
    {
      judge_message (msg, len, outside, whole || !outside);
      free (msg);
    }
  ask_again ();
  agent_link_close (agent);
  free (signers.data);
  free (receivers.data);
  return fflush (stdout) || ferror (stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
