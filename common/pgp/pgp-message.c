/* pgp-message.c - Make and unwrap OpenPGP messages.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpg makes and opens every message (RFC 4880).  Nothing here verifies a
 * signature: pgp-verify.c does.  */

#include "pgp.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "../wire/framing.h"
#include "pgp-local.h"

/* More than signature, session keys and framing add.  */
#define MESSAGE_OVERHEAD 65536

#define GREETING_MS 10000       /* How long an agent may take to greet.  */

/* The wrapper takes the signer from here.  gpgme would want the key, and
   looking it up is a second run of gpg.  */
#define SIGNER_VARIABLE "POSTERN_SIGNER"


/* The recipients in the form that gpgme takes: options, then one file per
   line.  *R_TEXT is to be freed with gpgrt_free.  */
static gpg_error_t
list_recipients (const char *const *keyfiles, bool hidden, char **r_text)
{
  char *text, *longer;

  *r_text = NULL;
  text = gpgrt_bsprintf ("--file\n%s", hidden ? "--hidden\n" : "");
  for (; text && *keyfiles; keyfiles++)
    {
      if (strchr (*keyfiles, '\n') || !**keyfiles)
        {
          gpgrt_free (text);
          return gpg_error (GPG_ERR_INV_NAME);
        }
      longer = gpgrt_bsprintf ("%s%s\n", text, *keyfiles);
      gpgrt_free (text);
      text = longer;
    }
  *r_text = text;
  return text ? 0 : gpg_error_from_syserror ();
}


/* What gpg is to make of the input.  */
enum making { MAKING_BOTH, MAKING_INSIDE, MAKING_OUTSIDE };

static gpg_error_t
run_making (pgp_t pgp, enum making what, const char *recipients,
            gpgme_data_t in, gpgme_data_t out)
{
  const gpgme_encrypt_flags_t flags = GPGME_ENCRYPT_ALWAYS_TRUST
                                      | GPGME_ENCRYPT_NO_COMPRESS
                                      | GPGME_ENCRYPT_NO_ENCRYPT_TO;
  gpg_error_t err;

  err = pgp_begin (pgp);
  if (!err)
    switch (what)
      {
      case MAKING_BOTH:
        err = gpgme_op_encrypt_sign_ext_start (pgp->ctx, NULL, recipients,
                                               flags, in, out);
        break;
      case MAKING_INSIDE:
        err = gpgme_op_sign_start (pgp->ctx, in, out, GPGME_SIG_MODE_NORMAL);
        break;
      case MAKING_OUTSIDE:
        err = gpgme_op_encrypt_ext_start (pgp->ctx, NULL, recipients,
                                          flags | GPGME_ENCRYPT_WRAP,
                                          in, out);
        break;
      }
  return pgp_finish (pgp, err);
}


/* Check that gpg made what the receiver accepts: some option of the host
   may have made it do otherwise.  */
static gpg_error_t
check_made (enum making what, const struct pgp_sink *sink)
{
  return what == MAKING_INSIDE
    ? framing_check_inner (sink->buf, sink->len, SIZE_MAX, SIZE_MAX, 1,
                           NULL)
    : framing_check_outer (sink->buf, sink->len, NULL);
}


static gpg_error_t
fill_sink (pgp_t pgp, enum making what, const char *signer,
           const char *recipients, const void *data, size_t len,
           struct pgp_sink *sink)
{
  gpg_error_t err;
  gpgme_data_t in;

  err = gpgme_data_new_from_mem (&in, data, len, 0);
  if (err)
    return err;
  if (signer && setenv (SIGNER_VARIABLE, signer, 1))
    err = gpg_error_from_syserror ();
  if (!err)
    err = run_making (pgp, what, recipients, in, sink->data);
  unsetenv (SIGNER_VARIABLE);
  gpgme_data_release (in);
  return err ? err : check_made (what, sink);
}


static gpg_error_t
make_message (pgp_t pgp, enum making what, const char *signer,
              const char *recipients, const void *data, size_t len,
              unsigned char **r_out, size_t *r_len)
{
  gpg_error_t err;
  struct pgp_sink sink = { NULL, 0, 0, false, NULL };
  size_t size;
  unsigned char *buf;

  *r_out = NULL;
  *r_len = 0;
  if (pgp->side != PGP_PERSON || len > SIZE_MAX - MESSAGE_OVERHEAD)
    return gpg_error (GPG_ERR_INV_ARG);
  size = len + MESSAGE_OVERHEAD;
  buf = malloc (size);
  if (!buf)
    return gpg_error_from_syserror ();
  err = pgp_sink_open (&sink, buf, size);
  if (!err)
    err = fill_sink (pgp, what, signer, recipients, data, len, &sink);
  pgp_sink_close (&sink);
  if (err)
    {
      free (buf);
      return err;
    }
  *r_out = buf;
  *r_len = sink.len;
  return 0;
}


/* The same for the recipients in KEYFILES.  */
static gpg_error_t
make_message_for (pgp_t pgp, enum making what, const char *signer,
                  const char *const *keyfiles, bool hidden,
                  const void *data, size_t len, unsigned char **r_out,
                  size_t *r_len)
{
  gpg_error_t err;
  char *recipients;

  *r_out = NULL;
  *r_len = 0;
  if (!*keyfiles)
    return gpg_error (GPG_ERR_INV_ARG);
  err = list_recipients (keyfiles, hidden, &recipients);
  if (!err)
    err = make_message (pgp, what, signer, recipients, data, len, r_out, r_len);
  gpgrt_free (recipients);
  return err;
}


gpg_error_t
pgp_sign_encrypt (pgp_t pgp, const char *signer, const char *const *keyfiles,
                  bool hidden, const void *text, size_t textlen,
                  unsigned char **r_msg, size_t *r_len)
{
  return make_message_for (pgp, MAKING_BOTH, signer, keyfiles, hidden,
                           text, textlen, r_msg, r_len);
}


gpg_error_t
pgp_sign (pgp_t pgp, const char *signer, const void *text, size_t textlen,
          unsigned char **r_blob, size_t *r_len)
{
  return make_message (pgp, MAKING_INSIDE, signer, NULL, text, textlen,
                       r_blob, r_len);
}


gpg_error_t
pgp_wrap (pgp_t pgp, const char *const *keyfiles, bool hidden,
          const void *blob, size_t bloblen,
          unsigned char **r_msg, size_t *r_len)
{
  return make_message_for (pgp, MAKING_OUTSIDE, NULL, keyfiles, hidden,
                           blob, bloblen, r_msg, r_len);
}


/* What gpg said while it decrypted.  NO_SECKEY is not included: gpg --quiet
   does not report it.  */
struct decrypting
{
  bool session;                 /* gpg got the session key.  */
  bool failed;
  bool okay;
  bool malformed;               /* gpg did not understand a packet.  */
  gpg_error_t why;              /* The agent's first error.  */
};


static gpgme_error_t
on_decrypt_status (void *hook, const char *keyword, const char *args)
{
  static const char agent[] = "pkdecrypt_failed ";
  struct decrypting *d = hook;

  if (!strcmp (keyword, "ERROR") && args && !d->why
      && !strncmp (args, agent, strlen (agent)))
    d->why = (gpg_error_t)strtoul (args + strlen (agent), NULL, 10);
  else if (!strcmp (keyword, "DECRYPTION_INFO"))
    d->session = true;
  else if (!strcmp (keyword, "DECRYPTION_FAILED"))
    d->failed = true;
  else if (!strcmp (keyword, "DECRYPTION_OKAY"))
    d->okay = true;
  else if (!strcmp (keyword, "NODATA"))
    d->malformed = true;
  return 0;
}


/* The socket of PGP's agent, to be freed with gpgrt_free; NULL if it is not
   known.  */
static char *
agent_socket (pgp_t pgp)
{
  const char *path;

  if (pgp->side == PGP_SERVER)
    return gpgrt_bsprintf ("%s/S.gpg-agent", pgp->home);
  path = gpgme_get_dirinfo ("agent-socket");
  return path ? gpgrt_bsprintf ("%s", path) : NULL;
}


/* Connect to the socket PATH.  Returns -1 if that is not possible at
   once.  */
static int
connect_agent (const char *path)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof sun.sun_path)
    return -1;
  memcpy (sun.sun_path, path, strlen (path) + 1);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *)&sun, sizeof sun))
    {
      close (fd);
      fd = -1;
    }
  return fd;
}


/* Wait for the agent's greeting.  Closing the connection before it could
   kill the agent: gpg-agent --supervised does not ignore SIGPIPE.  And an
   agent that does not greet does not work.  */
static bool
is_greeted (int fd, int patience_ms)
{
  struct pollfd pfd = { fd, POLLIN, 0 };
  char greeting[2];
  int rc;

  do
    rc = poll (&pfd, 1, patience_ms);
  while (rc < 0 && errno == EINTR);
  return rc == 1 && recv (fd, greeting, sizeof greeting, 0) == 2
         && !memcmp (greeting, "OK", 2);
}


bool
pgp_agent_answers (pgp_t pgp)
{
  char *path = agent_socket (pgp);
  int fd = path ? connect_agent (path) : -1;
  bool good;

  gpgrt_free (path);
  if (fd < 0)
    return false;
  good = is_greeted (fd, pgp->deadline_ms ? (int)pgp->deadline_ms
                     : GREETING_MS);
  close (fd);
  return good;
}


/* True if a key or subkey in PGP->found has the key ID ID.  */
static bool
have_key_id (pgp_t pgp, const unsigned char id[FRAMING_KEYIDLEN])
{
  char hex[2 * FRAMING_KEYIDLEN + 1];
  gpgme_subkey_t sub;
  size_t i;

  for (i = 0; i < FRAMING_KEYIDLEN; i++)
    snprintf (hex + 2 * i, 3, "%02X", id[i]);
  for (i = 0; i < pgp->n_found; i++)
    for (sub = pgp->found[i]->subkeys; sub; sub = sub->next)
      if (sub->keyid && !strcmp (sub->keyid, hex))
        return true;
  return false;
}


/* Why gpg got no session key.  It has tried every key that it has, so the
   recipients that the message names only serve to tell the cause.  gpg does
   not distinguish a missing agent from a missing key; a person's agent may
   not have been started yet.  If the message is for others, our agent has
   nothing to do with it and is not contacted.  */
static gpg_error_t
why_no_session (pgp_t pgp, const struct decrypting *d, const void *msg,
                size_t len)
{
  static const unsigned char hidden[FRAMING_KEYIDLEN];
  gpg_err_code_t why = GPG_ERR_NO_SECKEY;
  struct framing_sum sum;
  unsigned int i;

  if (pgp->side == PGP_PERSON && d->why)
    return d->why;
  if (framing_measure (msg, len, &sum)
      || pgp_list (pgp, NULL, pgp->side == PGP_PERSON, 0))
    return gpg_error (GPG_ERR_NO_SECKEY);
  for (i = 0; i < sum.keys && why != GPG_ERR_DECRYPT_FAILED; i++)
    if (!memcmp (sum.keyid[i], hidden, sizeof hidden))
      why = GPG_ERR_WRONG_SECKEY;
    else if (have_key_id (pgp, sum.keyid[i]))
      why = GPG_ERR_DECRYPT_FAILED;
  if (why != GPG_ERR_NO_SECKEY && pgp->side == PGP_SERVER
      && !pgp_agent_answers (pgp))
    why = GPG_ERR_NO_AGENT;
  return gpg_error (why);
}


/* The result of a decryption: 0, why it failed, or GPG_ERR_NO_SECKEY if gpg
   got no session key.  */
static gpg_error_t
judge_decryption (gpg_error_t err, const struct decrypting *d, bool over)
{
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT)
    return gpg_error (GPG_ERR_TIMEOUT);
  if (over)
    return gpg_error (GPG_ERR_TOO_LARGE);
  if (!err && d->okay && !d->failed)
    return 0;
  if (!d->failed && d->malformed)
    return gpg_error (GPG_ERR_DECRYPT_FAILED);
  if (!d->failed)
    return gpg_error (GPG_ERR_GENERAL);
  return gpg_error (d->session ? GPG_ERR_DECRYPT_FAILED : GPG_ERR_NO_SECKEY);
}


gpg_error_t
pgp_unwrap (pgp_t pgp, const void *msg, size_t len, void *buf, size_t size,
            size_t *r_len)
{
  gpg_error_t err;
  struct decrypting d = { .session = false };
  struct pgp_sink sink;
  gpgme_data_t cipher;

  *r_len = 0;
  err = gpgme_data_new_from_mem (&cipher, msg, len, 0);
  if (err)
    return err;
  err = pgp_sink_open (&sink, buf, size);
  if (!err)
    err = pgp_begin (pgp);
  if (!err)
    {
      gpgme_set_status_cb (pgp->ctx, on_decrypt_status, &d);
      err = gpgme_op_decrypt_ext_start (pgp->ctx, GPGME_DECRYPT_UNWRAP,
                                        cipher, sink.data);
      err = pgp_finish (pgp, err);
      gpgme_set_status_cb (pgp->ctx, NULL, NULL);
      err = judge_decryption (err, &d, sink.over);
      if (gpg_err_code (err) == GPG_ERR_NO_SECKEY)
        err = why_no_session (pgp, &d, msg, len);
    }
  if (!err)
    *r_len = sink.len;
  pgp_sink_close (&sink);
  gpgme_data_release (cipher);
  return err;
}
