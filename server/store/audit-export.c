/* audit-export.c - The chain as lines of JSON, for another host to verify.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/AUDIT.md describes the lines.  A transaction must not stay open between
 * two slices, and so rows can be pruned between them: a gap is an error.  */

#include "audit.h"

#include <limits.h>
#include "audit-parts.h"

#define CHAIN_SLICE 64          /* Rows.  */

struct slice
{
  struct audit_output out;
  struct audit_chain_cursor *cursor;
  unsigned int n;
};


static gpg_error_t
put_ends (audit_chain_t chain, const char *host, const struct audit_output *out)
{
  struct chain_link base, head;
  gpg_error_t err;
  uint64_t open;

  err = audit_chain_base (chain, &base);
  if (!err)
    err = audit_chain_count_open (chain, &open);
  if (err)
    return err;
  audit_chain_head (chain, &head);
  return audit_put_object
    (out, json_pack ("{s:i, s:s, s:I, s:o, s:I, s:o, s:I}",
                     "postern-audit", 1, "host", host,
                     "base-seq", (json_int_t)base.seq,
                     "base", audit_hash_json (base.hash),
                     "head-seq", (json_int_t)head.seq,
                     "head", audit_hash_json (head.hash),
                     "open", (json_int_t)open));
}


/* The last line: an export without it was cut off.  */
static gpg_error_t
put_end (const struct chain_link *head, const struct audit_output *out)
{
  return audit_put_object (out, json_pack ("{s:i, s:I, s:o}",
                                           "postern-audit-end", 1,
                                           "seq", (json_int_t)head->seq,
                                           "hash",
                                           audit_hash_json (head->hash)));
}


/* Note the row's place before it is handed on: whatever the result, it is not
   handed on again.  */
static gpg_error_t
put_next (void *hook, sqlite3_stmt *stmt)
{
  struct slice *slice = hook;

  slice->n++;
  slice->cursor->after = (uint64_t)sqlite3_column_int64 (stmt, 0);
  return audit_put_row (&slice->out, stmt);
}


static gpg_error_t
begin_export (audit_t audit, struct audit_chain_cursor *cursor,
              const struct chain_link *base, const struct audit_output *out)
{
  audit_chain_head (audit->chain, &cursor->head);
  if (!cursor->after)
    cursor->after = base->seq;
  cursor->begun = true;
  return put_ends (audit->chain, audit->host, out);
}


gpg_error_t
audit_read_chain (audit_t audit, struct audit_chain_cursor *cursor,
                  audit_line_t line, void *hook, bool *r_done)
{
  struct slice slice = { { line, hook, false }, cursor, 0 };
  struct chain_link base;
  gpg_error_t err = audit_chain_base (audit->chain, &base);

  *r_done = false;
  if (!err && !cursor->begun)
    err = begin_export (audit, cursor, &base, &slice.out);
  if (!err && cursor->after < base.seq)
    err = gpg_error (GPG_ERR_EBUSY);
  if (!err)
    err = audit_chain_read (audit->chain, cursor->after, cursor->head.seq,
                            CHAIN_SLICE, put_next, &slice);
  if (!err && slice.n < CHAIN_SLICE)
    {
      *r_done = true;
      err = put_end (&cursor->head, &slice.out);
    }
  return gpg_err_code (err) == GPG_ERR_EAGAIN ? 0 : err;
}


gpg_error_t
audit_read_copy (store_t store, audit_line_t line, void *hook)
{
  struct audit_output out = { line, hook, false };
  struct chain_link head;
  audit_chain_t chain;
  gpg_error_t err = audit_chain_open_copy (store, &chain);

  if (!err)
    err = put_ends (chain, "", &out);
  if (!err)
    err = audit_chain_read (chain, 0, INT64_MAX, INT_MAX, audit_put_row, &out);
  if (!err)
    {
      audit_chain_head (chain, &head);
      err = put_end (&head, &out);
    }
  audit_chain_close (chain);
  return err;
}
