/* muster-write.c - Write what gpg said about the keyring.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Of each key: the primary key, and every subkey whose algorithm can sign,
 * with the signature that binds it.  Whether that signature is right, the
 * reader checks.  */

#include "muster.h"

#include <string.h>

#include "../../common/pgp/openpgp/openpgp-signature.h"
#include "../../common/wire/framing.h"
#include "../snapshot/snapshot.h"

#define TAG_SIGNATURE 2
#define TAG_PRIMARY 6
#define TAG_SUBKEY 14

#define MAX_BINDINGS 16         /* The newest of a subkey that are tried.  */

/* A signature that may bind a subkey.  */
struct binding
{
  const unsigned char *body;
  size_t len;
  uint64_t created;
};

/* A key while its packets are walked.  */
struct collected
{
  struct muster_key *from;
  uint64_t now;
  uint64_t *next;
  struct openpgp_key primary, subkey;
  bool in_part;                 /* What follows belongs to the last part.  */
  size_t n_bindings;            /* Readable, the newest first.  */
  struct binding binding[MAX_BINDINGS];
  struct binding other;         /* The newest that is not.  */
  size_t n;
  struct snapshot_part part[SNAPSHOT_MAX_PARTS + 1];
};


/* A change at WHEN is one to wait for.  */
static void
note_time (struct collected *c, uint64_t when)
{
  if (when > c->now && (!*c->next || when < *c->next))
    *c->next = when;
}


static enum snapshot_state
state_of (const struct pgp_judged_part *part, uint64_t now)
{
  if (part->revoked)
    return SNAPSHOT_REVOKED;
  if (part->disabled)
    return SNAPSHOT_DISABLED;
  if (part->expired || (part->expires && part->expires <= now))
    return SNAPSHOT_EXPIRED;
  if (part->invalid)
    return SNAPSHOT_WEAK;
  return part->can_sign ? SNAPSHOT_GOOD : SNAPSHOT_USAGE;
}


/* What gpg said about KEY, a part of C; NULL if it did not list it.  */
static const struct pgp_judged_part *
find_judged (const struct collected *c, const struct openpgp_key *key)
{
  const struct pgp_judged *judged = &c->from->judged;
  char fpr[2 * OPENPGP_FPRLEN + 1];
  size_t i;

  openpgp_fpr_print (key->fpr, fpr);
  for (i = 0; i < judged->n; i++)
    if (!strcmp (judged->part[i].fpr, fpr))
      return judged->part + i;
  return NULL;
}


/* Choose the binding of the last part: the newest that is right.  One alone
   need not be checked here.  */
static void
end_part (struct collected *c)
{
  const struct binding *chosen = c->n_bindings ? c->binding : &c->other;
  struct snapshot_part *part = c->part + c->n - 1;
  uint64_t expires;
  size_t i;

  for (i = 0; c->n_bindings > 1 && i < c->n_bindings; i++)
    if (!openpgp_binding_check (c->binding[i].body, c->binding[i].len,
                                &c->primary, &c->subkey, &expires))
      {
        chosen = c->binding + i;
        break;
      }
  if (c->in_part && c->n > 1)
    {
      part->binding = chosen->body;
      part->binding_len = chosen->len;
    }
  c->in_part = false;
  c->n_bindings = 0;
  memset (&c->other, 0, sizeof c->other);
}


static void
begin_part (struct collected *c, bool primary, const unsigned char *body,
            size_t len)
{
  struct openpgp_key *key = primary ? &c->primary : &c->subkey;
  const struct pgp_judged_part *judged;
  struct snapshot_part *part = c->part + c->n;

  if (openpgp_key_read (body, len, key) || primary != !c->n
      || (!primary && key->algo == OPENPGP_ECDH)
      || c->n > SNAPSHOT_MAX_PARTS || !(judged = find_judged (c, key)))
    return;
  memset (part, 0, sizeof *part);
  part->body = body;
  part->body_len = len;
  part->state = state_of (judged, c->now);
  part->expires = judged->expires;
  note_time (c, key->created);
  note_time (c, part->expires);
  c->in_part = true;
  c->n++;
}


/* Insert a binding where it belongs by its time.  */
static void
add_binding (struct collected *c, const struct binding *binding)
{
  size_t i = c->n_bindings < MAX_BINDINGS ? c->n_bindings++
             : MAX_BINDINGS - 1;

  if (i == MAX_BINDINGS - 1 && c->binding[i].body
      && c->binding[i].created >= binding->created)
    return;
  for (; i && c->binding[i - 1].created < binding->created; i--)
    c->binding[i] = c->binding[i - 1];
  c->binding[i] = *binding;
}


static void
see_signature (struct collected *c, const unsigned char *body, size_t len)
{
  struct binding binding = { body, len, 0 };
  struct openpgp_signature sig;
  struct framing_times times;

  if (!framing_signature_times (body, len, &times))
    return;
  note_time (c, times.created);
  note_time (c, times.ends);
  if (!c->in_part || c->n < 2 || times.class != OPENPGP_CLASS_BINDING)
    return;
  binding.created = times.created;
  if (!openpgp_signature_read (body, len, OPENPGP_CLASS_BINDING, &sig)
      && times.created <= c->now && (!times.ends || times.ends > c->now))
    add_binding (c, &binding);
  else if (times.created >= c->other.created)
    c->other = binding;
}


/* Walk through the packets of the key.  */
static void
collect_parts (struct collected *c)
{
  const unsigned char *body;
  size_t at = 0, len;
  unsigned int tag;

  while (framing_next_packet (c->from->data, c->from->len, &at, &tag, &body,
                              &len))
    if (tag == TAG_SIGNATURE)
      see_signature (c, body, len);
    else if (tag == TAG_PRIMARY || tag == TAG_SUBKEY)
      {
        if (c->n)
          end_part (c);
        begin_part (c, tag == TAG_PRIMARY, body, len);
      }
  if (c->n)
    end_part (c);
}


static gpg_error_t
write_key (snapshot_writer_t writer, struct muster_key *key, uint64_t now,
           uint64_t *next)
{
  struct collected c = { .from = key, .now = now, .next = next };
  gpg_error_t err;

  collect_parts (&c);
  if (!c.n)
    {
      keyring_leave_out (key, "its algorithm is not supported");
      return 0;
    }
  err = snapshot_add_judged (writer, c.part, c.n, key->digest);
  if (gpg_err_code (err) != GPG_ERR_TOO_LARGE)
    return err;
  keyring_leave_out (key, "it has too many subkeys, or too large ones");
  return 0;
}


gpg_error_t
muster_write (int fd, struct keyring *keyring, uint64_t now,
              struct snapshot_basis *basis, struct packet_mustered *result)
{
  snapshot_writer_t writer;
  struct muster_key *key;
  gpg_error_t err, err2;
  size_t i;

  err = snapshot_writer_open (fd, result->changed, &writer);
  for (i = 0; !err && i < keyring->n; i++)
    {
      key = keyring->key + i;
      if (key->judged.n && !key->why)
        err = write_key (writer, key, now, &result->next);
      result->left_out += !!key->why;
      result->keys += key->judged.n && !key->why;
    }
  basis->next = result->next;
  if (!err)
    snapshot_writer_rest (writer, basis);
  err2 = snapshot_writer_close (writer);
  return err ? err : err2;
}
