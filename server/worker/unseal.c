/* unseal.c - The worker that holds the server's secret subkey.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It decrypts, and must never look at what comes out: who signed it and what
 * it asks is for other roles, which hold no secret.  */

#include "../role/mains.h"

#include "../../common/wire/framing.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "worker.h"

static enum refusal
refusal_of_unseal (gpg_error_t err)
{
  switch (gpg_err_code (err))
    {
    case GPG_ERR_NO_SECKEY:      return REFUSAL_NOT_FOR_US;
    case GPG_ERR_WRONG_SECKEY:   return REFUSAL_HIDDEN;
    case GPG_ERR_TIMEOUT:        return REFUSAL_UNSEAL_DEADLINE;
    case GPG_ERR_TOO_LARGE:
    case GPG_ERR_DECRYPT_FAILED: return REFUSAL_DECRYPT;
    default:                     return REFUSAL_UNSEAL_FAILED;
    }
}

static void
unwrap_sealed (struct worker *worker, uint64_t id,
               const struct packet_sealed *sealed, unsigned char *blob,
               size_t *r_len)
{
  enum refusal refusal;
  enum framing_flaw flaw;
  gpg_error_t err;

  *r_len = 0;
  if (framing_check_outer (sealed->message, sealed->message_len, &flaw))
    {
      worker_refuse (worker, id, &sealed->origin, NULL,
                     REFUSAL_OUTER_FRAMING + flaw);
      return;
    }
  err = pgp_unwrap (worker->pgp, sealed->message, sealed->message_len,
                    blob, PACKET_BLOBLEN, r_len);
  if (!err && !*r_len)
    err = gpg_error (GPG_ERR_DECRYPT_FAILED);
  if (!err)
    {
      worker_worked (worker);
      return;
    }
  *r_len = 0;
  refusal = refusal_of_unseal (err);
  if (refusal_is_broken (refusal))
    worker_failed (worker, err);
  worker_refuse (worker, id, &sealed->origin, NULL, refusal);
}

static gpg_error_t
take_sealed (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  unsigned char blob[PACKET_BLOBLEN];
  struct packet_sealed sealed;
  struct packet_signed out;
  gpg_error_t err;

  err = packet_read_sealed (msg, &sealed);
  if (err)
    return err;
  unwrap_sealed (worker, msg->id, &sealed, blob, &out.blob_len);
  if (out.blob_len)
    {
      out.origin = sealed.origin;
      out.blob = blob;
      out.attachment = sealed.attachment;
      out.attachment_len = sealed.attachment_len;
      err = packet_send_signed (ROLE_FD_DOWNSTREAM, msg->id, &out);
      if (err)
        worker->trouble = err;
    }
  secret_wipe (blob, sizeof blob);      /* It holds the one-time key.  */
  return 0;
}

/* For --check: whether the home has the key that the configuration names.  */
static int
look_at_home (struct worker *worker)
{
  const char *fpr = worker->role.config->server_fpr;
  pgp_key_t key;
  gpg_error_t err = pgp_key_find (worker->pgp, fpr, false, &key);

  pgp_key_release (key);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    {
      log_error ("%s/agent: the server's key %s is not in it; check that"
                 " %s/server.conf, which 'postern-keys init' wrote, names the"
                 " right one", worker->role.config->state, fpr,
                 worker->role.config->dir);
      return ROLE_EXIT_CONFIG;
    }
  if (err)
    log_warn ("%s/agent: cannot look for the server's key: %s",
              worker->role.config->state, gpg_strerror (err));
  return ROLE_EXIT_STOP;
}

int
unseal_main (int argc, char **argv)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (SEALED, FROM_CAPTURE, take_sealed),
      PACKET_RULE (REFUSED, FROM_CAPTURE, worker_pass_refused),
      PACKET_RULE (COUNTS, FROM_CAPTURE, worker_pass_counts)
    };
  struct worker worker =
    { .name = "unseal", .home = "agent", .user = ROLE_USER_AGENT,
      .writes = true, .look = look_at_home,
      .from = FROM_CAPTURE, .table = table,
      .n_table = sizeof table / sizeof *table };

  return worker_main (&worker, argc, argv);
}
