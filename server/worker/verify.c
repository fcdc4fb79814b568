/* verify.c - The worker that checks who signed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Its home holds the roster's public keys, which it may only read.  It must
 * never interpret the text: that is decide's part.  */

#include "../role/mains.h"

#include <string.h>

#include "../../common/wire/framing.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "worker.h"

static enum refusal
refusal_of_verify (gpg_error_t err)
{
  static const struct
  {
    gpg_err_code_t code;
    enum refusal refusal;
  } map[] =
    {
      { GPG_ERR_NO_PUBKEY,     REFUSAL_UNKNOWN_KEY },
      { GPG_ERR_BAD_SIGNATURE, REFUSAL_BAD_SIGNATURE },
      { GPG_ERR_KEY_EXPIRED,   REFUSAL_KEY_EXPIRED },
      { GPG_ERR_CERT_REVOKED,  REFUSAL_KEY_REVOKED },
      { GPG_ERR_KEY_DISABLED,  REFUSAL_KEY_DISABLED },
      { GPG_ERR_WRONG_KEY_USAGE, REFUSAL_KEY_USAGE },
      { GPG_ERR_DIGEST_ALGO,   REFUSAL_WEAK_DIGEST },
      { GPG_ERR_SIG_EXPIRED,   REFUSAL_SIGNATURE_EXPIRED },
      { GPG_ERR_AMBIGUOUS_NAME, REFUSAL_KEY_SHARED },
      { GPG_ERR_TIMEOUT,       REFUSAL_VERIFY_DEADLINE },
      { GPG_ERR_GENERAL,       REFUSAL_SIGNATURE_STATE }
    };
  size_t i;

  for (i = 0; i < sizeof map / sizeof *map; i++)
    if (map[i].code == gpg_err_code (err))
      return map[i].refusal;
  return REFUSAL_VERIFY_FAILED;
}

/* *SIGNER is who signed the LEN bytes at BLOB, and TEXT what.  Else why they
   are refused.  */
static enum refusal
verify_blob (struct worker *worker, const unsigned char *blob, size_t len,
             struct pgp_signer *signer, unsigned char *text, size_t *r_text_len)
{
  enum refusal refusal;
  enum framing_flaw flaw;
  const char *why;
  gpg_error_t err;

  memset (signer, 0, sizeof *signer);
  if (framing_check_inner (blob, len, PACKET_BLOBLEN, REQUEST_MAXLEN, 1,
                           &flaw))
    return REFUSAL_INNER_FRAMING + flaw;
  err = pgp_verify (worker->pgp, blob, len, 1, signer, text, REQUEST_MAXLEN,
                    r_text_len, &why);
  if (!err && !*r_text_len)
    return REFUSAL_GRAMMAR;
  if (!err)
    {
      worker_worked (worker);
      return REFUSAL_NONE;
    }
  log_debug ("refused: %s", why? why : gpg_strerror (err));
  refusal = refusal_of_verify (err);
  if (refusal_is_broken (refusal))
    worker_failed (worker, err);
  return refusal;
}

static gpg_error_t
take_signed (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  unsigned char text[REQUEST_MAXLEN];
  struct packet_signed in;
  struct packet_verified out;
  struct pgp_signer signer;
  enum refusal refusal;
  gpg_error_t err;

  err = packet_read_signed (msg, &in);
  if (err)
    return err;
  memset (&out, 0, sizeof out);
  refusal = verify_blob (worker, in.blob, in.blob_len, &signer, text,
                         &out.text_len);
  if (refusal)
    worker_refuse (worker, msg->id, &in.origin, *signer.primary
                   ? signer.primary : signer.signing, refusal);
  else
    {
      out.origin = in.origin;
      memcpy (out.primary, signer.primary, sizeof out.primary);
      memcpy (out.signing, signer.signing, sizeof out.signing);
      out.key_state = signer.state;
      out.keys_changed = signer.changed;
      out.text = text;
      out.blob = in.blob;
      out.blob_len = in.blob_len;
      out.attachment = in.attachment;
      out.attachment_len = in.attachment_len;
      worker_note (worker, packet_send_verified (ROLE_FD_DOWNSTREAM, msg->id,
                                                 &out));
    }
  secret_wipe (text, sizeof text);      /* It holds the one-time key.  */
  return 0;
}

/* The key of a request that was good when it came may have been revoked
   since.  */
static gpg_error_t
take_recheck (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  unsigned char text[REQUEST_MAXLEN];
  struct packet_recheck in;
  struct packet_rechecked out;
  struct pgp_signer signer;
  size_t text_len;
  gpg_error_t err;

  err = packet_read_recheck (msg, &in);
  if (err)
    return err;
  memset (&out, 0, sizeof out);
  out.refusal = (uint16_t)verify_blob (worker, in.blob, in.blob_len, &signer,
                                       text, &text_len);
  secret_wipe (text, sizeof text);
  if (!out.refusal)
    memcpy (out.primary, signer.primary, sizeof out.primary);
  worker_note (worker, packet_send_rechecked (ROLE_FD_DOWNSTREAM, msg->id,
                                              &out));
  return 0;
}

/* Look up all keys, so that the first request after a change of the roster
   takes no longer than others.  */
static void
look_up_keys (struct worker *worker)
{
  gpg_error_t err = pgp_verify_prepare (worker->pgp);

  if (err)
    worker_failed (worker, err);
}

int
verify_main (int argc, char **argv)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (SIGNED, FROM_UNSEAL, take_signed),
      PACKET_RULE (REFUSED, FROM_UNSEAL, worker_pass_refused),
      PACKET_RULE (COUNTS, FROM_UNSEAL, worker_pass_counts)
    };
  static const struct packet_rule behind[] =
    {
      PACKET_RULE (RECHECK, FROM_DECIDE, take_recheck)
    };
  struct worker worker =
    { .name = "verify", .home = "muster", .user = ROLE_USER_MUSTER,
      .from = FROM_UNSEAL,
      .table = table, .n_table = sizeof table / sizeof *table,
      .asker = FROM_DECIDE,
      .behind = behind, .n_behind = sizeof behind / sizeof *behind,
      .look_ahead = look_up_keys };

  return worker_main (&worker, argc, argv);
}
