/* audit-counted.c - What fails before its claim is counted, not listed.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A stranger can make as many of these as the line carries: what they can
 * make the audit write must stay bounded, in rows a minute and in memory.  */

#include "audit.h"

#include <string.h>

#include "audit-parts.h"
#include "audit-tell.h"

#define ALIKE_TIME (10 * (int64_t)CLOCK_SECOND)
#define COUNTS_TIME (60 * (int64_t)CLOCK_SECOND)


/* For how long what is alike is one row.  */
static int64_t
alike_time (enum refusal refusal)
{
  return refusal == REFUSAL_RATE ? COUNTS_TIME : ALIKE_TIME;
}


/* The detail of these says how much it was of one of them.  */
static bool
is_by_amount (enum refusal refusal)
{
  return refusal == REFUSAL_TOO_OLD || refusal == REFUSAL_FROM_FUTURE;
}


/* Alike is what has the same reason, signer and address; of a person's too
   many, wherever they come from.  */
static bool
is_alike (const struct audit_alike *slot, enum refusal refusal,
          const struct audit_row *row)
{
  return slot->refusal == refusal
         && (refusal == REFUSAL_RATE
             || netspec_addr_equal (&slot->row.source, &row->source))
         && !strcmp (slot->row.fpr, row->fpr)
         && (is_by_amount (refusal)
             || !strcmp (slot->row.detail, row->detail));
}


static struct audit_alike *
find_alike (audit_t audit, size_t first, size_t end, enum refusal refusal,
            const struct audit_row *row, int64_t now)
{
  struct audit_alike *slot, *spare = NULL;
  size_t i;

  for (i = first; i < end; i++)
    {
      slot = audit->alike + i;
      if (!slot->refusal)
        spare = spare ? spare : slot;
      else if (now - slot->first < alike_time (refusal)
               && is_alike (slot, refusal, row))
        return slot;
    }
  return spare;
}


/* Those of SLOT that were not told yet.  */
static void
tell_alike (audit_t audit, struct audit_alike *slot)
{
  uint32_t n = slot->row.count - slot->told;

  if (n)
    audit_tell (audit->tell, audit->host, &slot->row, n);
  slot->told = slot->row.count;
}


void
audit_refused (audit_t audit, const struct clock_reading *now,
               enum refusal refusal, const struct audit_row *row)
{
  const struct audit_row anybody = { .time = row->time };
  struct audit_alike *slot;

  slot = find_alike (audit, 0, AUDIT_EXACT, refusal, row, now->boot);
  if (!slot)                    /* A flood from many addresses.  */
    {
      row = &anybody;
      slot = find_alike (audit, AUDIT_EXACT, AUDIT_ALIKE, refusal, row,
                         now->boot);
    }
  if (!slot)
    {
      audit->dropped++;
      return;
    }
  if (!slot->refusal)
    {
      slot->refusal = refusal;
      slot->first = now->boot;
      slot->row = *row;
      slot->row.row = 0;
      slot->row.count = 0;
      slot->told = 0;
      slot->row.result = "refused";
      slot->row.stage = refusal_stage_name (refusal);
      slot->row.reason = refusal_text (refusal);
    }
  if (slot->row.count < UINT32_MAX)
    slot->row.count++;
  if (!slot->told)
    tell_alike (audit, slot);
  slot->waits = true;
  audit->alike_waits = true;
}


void
audit_counts (audit_t audit, const struct packet_counts *counts)
{
  unsigned int i;

  for (i = 1; i < REFUSAL_COUNTED; i++)
    audit->counts[i].n += counts->n[i];
}


/* Once a minute for each reason; the first of them at once.  */
static void
put_counts (audit_t audit, const struct clock_reading *now)
{
  struct audit_row row;
  unsigned int i;

  memset (&row, 0, sizeof row);
  row.time = clock_seconds (now);
  row.result = "refused";
  row.stage = "capture";
  for (i = 1; i < REFUSAL_COUNTED; i++)
    {
      /* A client that waits for its reply sends the same again: that is
         counted in the status, and refuses nothing.  */
      if (i == REFUSAL_SEEN)
        continue;
      if (!audit->counts[i].n || (audit->counts[i].seen && now->boot
                                  < audit->counts[i].written + COUNTS_TIME))
        continue;
      row.reason = refusal_text (i);
      row.count = audit->counts[i].n > UINT32_MAX
        ? UINT32_MAX : (uint32_t)audit->counts[i].n;
      audit_put (audit, &row);
      audit->counts[i].n = 0;
      audit->counts[i].seen = true;
      audit->counts[i].written = now->boot;
    }
}


/* Where its time is over at NOW no more is counted in a row, which can enter
   the chain.  */
static void
end_alike (audit_t audit, int64_t now)
{
  struct audit_alike *slot;
  size_t i;

  for (i = 0; i < AUDIT_ALIKE; i++)
    {
      slot = audit->alike + i;
      if (!slot->refusal || now - slot->first < alike_time (slot->refusal))
        continue;
      slot->ends = true;
      audit->alike_waits = true;
    }
}


gpg_error_t
audit_counted_write (audit_t audit)
{
  gpg_error_t err = 0;
  struct audit_alike *slot;
  size_t i;

  for (i = 0; !err && i < AUDIT_ALIKE; i++)
    {
      slot = audit->alike + i;
      slot->inserted = slot->row.row;
      if (slot->waits)
        err = slot->row.row ? audit_update (audit, &slot->row)
          : audit_insert (audit, &slot->row, NULL, 0, &slot->inserted);
      if (!err && slot->ends)
        err = audit_chain_add (audit->chain, slot->inserted);
    }
  return err;
}


void
audit_counted_end (audit_t audit, const struct clock_reading *now)
{
  if (now)
    put_counts (audit, now);
  end_alike (audit, now ? now->boot : INT64_MAX);
}


void
audit_counted_settle (audit_t audit)
{
  struct audit_alike *slot;

  audit->alike_waits = false;
  for (slot = audit->alike; slot < audit->alike + AUDIT_ALIKE; slot++)
    {
      slot->row.row = slot->inserted;
      slot->waits = false;
      if (slot->ends)
        {
          tell_alike (audit, slot);
          slot->refusal = REFUSAL_NONE;
        }
      slot->ends = false;
    }
}
