/* verify.c - The worker that checks who signed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It knows the roster's keys by the snapshot that posternd passes to it, and
 * has nothing else.  It must never interpret the text: that is decide's
 * part.  */

#include "../role/mains.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../../common/pgp/openpgp/openpgp-signature.h"
#include "../../common/wire/framing.h"
#include "../snapshot/snapshot.h"
#include "worker.h"

struct verify
{
  snapshot_t snapshot;          /* NULL: none has come.  */
  uint64_t generation;
};

static const char engine_name[] = "the check of signatures";


/* A snapshot that is older than ours could bring back who was revoked.  */
static gpg_error_t
take_snapshot (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct verify *verify = worker->own;
  struct packet_snapshot p;
  snapshot_t snapshot;
  gpg_error_t err = packet_read_snapshot (msg, &p);

  if (!err && (msg->fd < 0 || p.generation <= verify->generation))
    err = gpg_error (GPG_ERR_UNEXPECTED_MSG);
  if (err)
    {
      if (msg->fd >= 0)
        close (msg->fd);
      return err;
    }
  err = snapshot_open (msg->fd, worker->role.config, &snapshot);
  if (err)
    {
      log_error ("snapshot %llu of the roster is not used: %s",
                 (unsigned long long)p.generation, gpg_strerror (err));
      return 0;
    }
  snapshot_close (verify->snapshot);
  verify->snapshot = snapshot;
  verify->generation = p.generation;
  log_debug ("snapshot %llu of the roster: the keys of %zu people",
             (unsigned long long)p.generation, snapshot_count (snapshot));
  return packet_send_taken (ROLE_FD_PARENT, 0, &(struct packet_taken)
                            { p.generation });
}

/* Nobody can be let in before the first snapshot.  */
static gpg_error_t
wait_for_snapshot (struct worker *worker)
{
  struct verify *verify = worker->own;
  gpg_error_t err = 0;

  while (!err && !verify->snapshot && !role_stopping ())
    {
      err = worker_hear_parent (worker);
      if (gpg_err_code (err) == GPG_ERR_EINTR
          || gpg_err_code (err) == GPG_ERR_EAGAIN)
        err = 0;
    }
  return err;
}


/* A signature has a time, which must not be before its key, and may have an
   end (RFC 4880, section 5.2.3.10).  */
static gpg_error_t
check_signature_time (const struct openpgp_signature *sig,
                      const struct openpgp_key *key, uint64_t now)
{
  if (sig->created < key->created)
    return gpg_error (GPG_ERR_TIME_CONFLICT);
  if (sig->lifetime && (uint64_t)sig->created + sig->lifetime <= now)
    return gpg_error (GPG_ERR_SIG_EXPIRED);
  return 0;
}

/* Check SIG on the LEN bytes at TEXT.  The signature comes before the state of
   its key, and only who made it is named: nobody is to be blamed, nor their
   key to be taken for a bad one, for what others claim.  */
static gpg_error_t
judge_signature (snapshot_t snapshot, const struct openpgp_signature *sig,
                 const unsigned char *text, size_t len,
                 struct snapshot_signer *signer)
{
  uint64_t now = (uint64_t)time (NULL);
  const struct openpgp_key *key;
  gpg_error_t err = snapshot_find (snapshot, sig->issuer, &key, signer);

  if (!err)
    err = openpgp_signature_check (sig, key, text, len);
  if (err)
    *signer->primary = 0;
  if (err && gpg_err_code (err) != GPG_ERR_NO_PUBKEY)
    *signer->signing = 0;
  if (!err)
    err = snapshot_judge (snapshot, sig->issuer, now);
  if (!err)
    err = check_signature_time (sig, key, now);
  return err;
}

/* What a signed blob says.  */
struct verdict
{
  struct snapshot_signer signer;
  uint64_t signed_at;
  unsigned char text[OPENPGP_MAX_LITERAL];      /* It holds the one-time
                                                   key: wipe it.  */
  size_t text_len;
};

/* Who signed the LEN bytes at BLOB, and what; else why they are refused.  */
static enum refusal
verify_blob (struct worker *worker, const unsigned char *blob, size_t len,
             struct verdict *v)
{
  struct verify *verify = worker->own;
  struct openpgp_signature sig;
  enum refusal refusal;
  enum framing_flaw flaw;
  gpg_error_t err;

  memset (&v->signer, 0, sizeof v->signer);
  if (framing_check_inner (blob, len, PACKET_BLOBLEN, OPENPGP_MAX_LITERAL, 1,
                           &flaw))
    return REFUSAL_INNER_FRAMING + flaw;
  err = openpgp_signed_read (blob, len, v->text, &v->text_len, &sig);
  if (!err)
    err = judge_signature (verify->snapshot, &sig, v->text, v->text_len,
                           &v->signer);
  if (!err && !v->text_len)
    return REFUSAL_GRAMMAR;
  refusal = worker_refusal_of_verify (err);
  if (refusal_is_broken (refusal))
    worker_failed (worker, engine_name, err);
  else
    worker_worked (worker, engine_name);
  v->signed_at = sig.created;
  return refusal;
}


static void
send_verified (struct worker *worker, uint64_t id,
               const struct packet_signed *in, const struct verdict *v)
{
  struct packet_verified out;

  memset (&out, 0, sizeof out);
  out.origin = in->origin;
  memcpy (out.primary, v->signer.primary, sizeof out.primary);
  memcpy (out.signing, v->signer.signing, sizeof out.signing);
  out.signed_at = v->signed_at;
  out.key_state = v->signer.state;
  out.keys_changed = v->signer.changed;
  out.text = v->text;
  out.text_len = v->text_len;
  out.blob = in->blob;
  out.blob_len = in->blob_len;
  out.attachment = in->attachment;
  out.attachment_len = in->attachment_len;
  worker_note (worker, packet_send_verified (ROLE_FD_DOWNSTREAM, id, &out));
}

static gpg_error_t
take_signed (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct packet_signed in;
  struct verdict v;
  enum refusal refusal;
  gpg_error_t err;

  err = packet_read_signed (msg, &in);
  if (err)
    return err;
  refusal = verify_blob (worker, in.blob, in.blob_len, &v);
  if (refusal)
    worker_refuse (worker, msg->id, &in.origin, *v.signer.primary
                   ? v.signer.primary : v.signer.signing, refusal);
  else
    send_verified (worker, msg->id, &in, &v);
  secret_wipe (v.text, sizeof v.text);
  return 0;
}

/* The key of a request that was good when it came may have been revoked
   since.  */
static gpg_error_t
take_recheck (void *hook, const struct message *msg)
{
  struct worker *worker = hook;
  struct packet_recheck in;
  struct packet_rechecked out;
  struct verdict v;
  gpg_error_t err;

  err = packet_read_recheck (msg, &in);
  if (err)
    return err;
  memset (&out, 0, sizeof out);
  out.refusal = (uint16_t)verify_blob (worker, in.blob, in.blob_len, &v);
  secret_wipe (v.text, sizeof v.text);
  if (!out.refusal)
    memcpy (out.primary, v.signer.primary, sizeof out.primary);
  worker_note (worker, packet_send_rechecked (ROLE_FD_DOWNSTREAM, msg->id,
                                              &out));
  return 0;
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
  static const struct packet_rule parents[] =
    {
      ROLE_RULE_PING,
      PACKET_RULE_FD (SNAPSHOT, FROM_PARENT, take_snapshot)
    };
  struct verify verify = { NULL, 0 };
  struct worker worker =
    { .name = "verify", .user = ROLE_USER_VERIFY, .from = FROM_UNSEAL,
      .table = table, .n_table = sizeof table / sizeof *table,
      .asker = FROM_DECIDE,
      .behind = behind, .n_behind = sizeof behind / sizeof *behind,
      .parents = parents, .n_parents = sizeof parents / sizeof *parents,
      .prepare = wait_for_snapshot, .own = &verify };
  int code = worker_main (&worker, argc, argv);

  snapshot_close (verify.snapshot);
  return code;
}
