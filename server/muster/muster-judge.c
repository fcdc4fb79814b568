/* muster-judge.c - Have gpg judge a keyring, whatever its keys are like.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One run of gpg judges all keys.  Where it fails or hangs, those that it has
 * not come to are asked in ever smaller batches, and at last one by one, so
 * that one hostile key leaves out nobody but its owner.  gpgme does not tell
 * when gpg has crashed: so a key that is missing from its answer counts as
 * one on which it failed.  A key with weak signatures is judged a second time
 * without them (see pgp-strict.c).  */

#include "muster.h"

#include <stdlib.h>
#include <string.h>

#define BATCH 256
#define MAX_FAILURES 4          /* Without a verdict on any key: it is not
                                   the keys that are at fault.  */

struct inquiry
{
  pgp_t pgp;
  struct keyring *keyring;
  bool strict;                  /* Without weak signatures.  */
  struct muster_key *batch[BATCH];
  size_t n;                     /* Keys in BATCH.  */
  size_t taken;                 /* Of those asked last.  */
  bool broken;                  /* gpg could not be asked at all.  */
  size_t judged, failed;
};


/* Take over what gpg said of the first N keys in LIST.  */
static size_t
take_verdicts (struct inquiry *inquiry, struct pgp_judged *list, size_t n)
{
  struct muster_key *key;
  size_t i, taken = 0;

  for (i = 0; i < n; i++)
    {
      if (!list[i].n)
        continue;
      key = keyring_find (inquiry->keyring, list[i].part->fpr);
      if (!key || !key->pending)
        continue;
      if (inquiry->strict)
        pgp_judged_limit (&key->judged, list + i);
      else
        {
          key->judged = list[i];
          memset (list + i, 0, sizeof *list);
        }
      key->pending = false;
      taken++;
    }
  inquiry->judged += taken;
  return taken;
}


/* gpg was asked for ASKED keys, and gave the N in LIST and the error ERR.  If
   it has not listed all, it may have died in the middle of the last.  */
static gpg_error_t
take_answer (struct inquiry *inquiry, struct pgp_judged *list, size_t n,
             size_t asked, gpg_error_t err)
{
  inquiry->broken = !list;
  inquiry->taken = take_verdicts (inquiry, list, n - (n && n < asked));
  pgp_judged_release (list, n);
  return err;
}


/* Ask gpg for ASKED keys: those of the batch, or all if that is empty.  */
static gpg_error_t
ask_home (struct inquiry *inquiry, size_t asked)
{
  const char *fprs[BATCH + 1];
  struct pgp_judged *list;
  gpg_error_t err;
  size_t i, n;

  for (i = 0; i < inquiry->n; i++)
    fprs[i] = inquiry->batch[i]->fpr;
  fprs[i] = NULL;
  err = pgp_judge (inquiry->pgp, i ? fprs : NULL, &list, &n);
  return take_answer (inquiry, list, n, asked, err);
}


/* The same for what is left of the batch without weak signatures.  */
static gpg_error_t
ask_strictly (struct inquiry *inquiry)
{
  struct pgp_judged *list = NULL;
  unsigned char *data;
  size_t i, n = 0, len = 0;
  gpg_error_t err;

  for (i = 0; i < inquiry->n; i++)
    len += inquiry->batch[i]->strict_len;
  data = malloc (len ? len : 1);
  inquiry->broken = !data;
  if (!data)
    return gpg_error_from_syserror ();
  for (i = len = 0; i < inquiry->n; i++)
    {
      memcpy (data + len, inquiry->batch[i]->strict,
              inquiry->batch[i]->strict_len);
      len += inquiry->batch[i]->strict_len;
    }
  err = pgp_judge_data (inquiry->pgp, data, len, &list, &n);
  free (data);
  return take_answer (inquiry, list, n, inquiry->n, err);
}


/* gpg has not judged KEY, about which alone it was asked.  Nothing but weak
   signatures may have held it together.  */
static void
give_up_key (struct inquiry *inquiry, struct muster_key *key, gpg_error_t err)
{
  if (inquiry->strict && gpg_err_code (err) != GPG_ERR_TIMEOUT)
    {
      pgp_judged_limit (&key->judged, NULL);
      key->pending = false;
      return;
    }
  inquiry->failed++;
  keyring_leave_out (key, gpg_err_code (err) == GPG_ERR_TIMEOUT
                     ? "gpg does not come to an end with it"
                     : err ? gpg_strerror (err) : "gpg does not list it");
}


/* Put up to MOST pending keys, from *R_AT on, into the batch.  False if there
   is none.  */
static bool
fill_batch (struct inquiry *inquiry, size_t most, size_t *r_at)
{
  struct keyring *keyring = inquiry->keyring;
  size_t i;

  while (*r_at < keyring->n && !keyring->key[*r_at].pending)
    ++*r_at;
  inquiry->n = 0;
  for (i = *r_at; i < keyring->n && inquiry->n < most; i++)
    if (keyring->key[i].pending)
      inquiry->batch[inquiry->n++] = keyring->key + i;
  return inquiry->n;
}


/* How large the next batch is, after one of SIZE of which TAKEN keys were
   judged.  */
static size_t
next_size (size_t size, size_t taken)
{
  if (taken >= size)
    return size < BATCH / 2 ? 2 * size : BATCH;
  return taken || size == 1 ? size : (size + 7) / 8;
}


/* True if gpg judges a key that it has judged before, if there is one.  */
static bool
does_gpg_work (struct inquiry *inquiry)
{
  const char *fprs[2] = { NULL, NULL };
  struct pgp_judged *list;
  size_t i, n;

  for (i = 0; i < inquiry->keyring->n && !*fprs; i++)
    if (inquiry->keyring->key[i].reused)
      *fprs = inquiry->keyring->key[i].fpr;
  if (!*fprs)
    return false;
  pgp_judge (inquiry->pgp, fprs, &list, &n);
  pgp_judged_release (list, n);
  return n == 1;
}


/* gpg has failed on all keys so far: that may not be their fault.  */
static gpg_error_t
check_gpg (struct inquiry *inquiry)
{
  if (!does_gpg_work (inquiry))
    return gpg_error (GPG_ERR_NOT_OPERATIONAL);
  inquiry->judged++;
  return 0;
}


/* Ask until no key is pending.  */
static gpg_error_t
ask_pending (struct inquiry *inquiry)
{
  size_t size = BATCH, at = 0;
  gpg_error_t err = 0;

  while (!err && fill_batch (inquiry, size, &at))
    {
      err = inquiry->strict ? ask_strictly (inquiry)
            : ask_home (inquiry, inquiry->n);
      if (inquiry->broken)
        return err;
      if (!inquiry->taken && inquiry->n == 1)
        give_up_key (inquiry, inquiry->batch[0], err);
      err = !inquiry->judged && inquiry->failed == MAX_FAILURES
            ? check_gpg (inquiry) : 0;
      size = next_size (inquiry->n, inquiry->taken);
    }
  return err;
}


/* The packets of KEY without weak signatures, if there are any.  */
static gpg_error_t
make_strict (struct muster_key *key)
{
  unsigned char *copy = malloc (key->len);
  size_t left;

  if (!copy)
    return gpg_error_from_syserror ();
  memcpy (copy, key->data, key->len);
  if (pgp_drop_weak (copy, key->len, &left))
    keyring_leave_out (key, "its packets cannot be read");
  else if (!left)
    pgp_judged_limit (&key->judged, NULL);
  else if (left != key->len)
    {
      key->strict = copy;
      key->strict_len = left;
      key->pending = true;
      return 0;
    }
  free (copy);
  return 0;
}


static gpg_error_t
judge_strictly (struct inquiry *inquiry)
{
  struct keyring *keyring = inquiry->keyring;
  gpg_error_t err = 0;
  size_t i;

  inquiry->strict = true;
  for (i = 0; !err && i < keyring->n; i++)
    if (!keyring->key[i].why && !keyring->key[i].reused
        && keyring->key[i].judged.n)
      err = make_strict (keyring->key + i);
  return err ? err : ask_pending (inquiry);
}


gpg_error_t
muster_judge (pgp_t pgp, struct keyring *keyring, size_t *r_failed)
{
  struct inquiry inquiry = { .pgp = pgp, .keyring = keyring };
  gpg_error_t err = 0;
  size_t i, pending = 0, barred = 0;

  *r_failed = 0;
  for (i = 0; i < keyring->n; i++)
    {
      pending += keyring->key[i].pending;
      barred += !!keyring->key[i].why;
    }
  /* All at once, unless there are few, or gpg would have to read what it
     should not.  */
  if (!barred && pending && (pending > BATCH || pending == keyring->n_sorted))
    err = ask_home (&inquiry, keyring->n_sorted);
  if (!inquiry.broken)
    err = ask_pending (&inquiry);
  if (!err && pending > 1 && !inquiry.judged)
    err = check_gpg (&inquiry);
  if (!err)
    err = judge_strictly (&inquiry);
  *r_failed = inquiry.failed;
  return err;
}
