/* ctl-chain.c - posternctl audit verify: prove what can be proven of an audit.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The chain proves that nothing was removed or changed since its head was
 * noted; the signatures prove who asked for what, whoever kept the audit.
 * What neither proves is said as well: never claim more than that.  */

#include "posternctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../store/audit.h"
#include "../store/chain.h"
#include "ctl-blob.h"
#include "ctl-source.h"

#define HEXLEN (2 * CHAIN_HASHLEN)
#define SECRET_POOL 16384       /* The one-time keys of requests.  */

struct verify
{
  const struct ctl_options *opt;
  ctl_blob_t blobs;
  bool begun;                   /* The first line has come.  */
  bool whole;                   /* The last line was the end mark.  */
  uint64_t base_seq;
  uint64_t seq;                 /* Of the last row.  */
  unsigned char hash[CHAIN_HASHLEN];
  uint64_t head_seq;            /* As the first line says.  */
  unsigned char head[CHAIN_HASHLEN];
  uint64_t noted_seq;           /* --head; 0: none.  */
  unsigned char noted[CHAIN_HASHLEN];
  bool noted_found;
  uint64_t open;
  uint64_t rows, broken, unsigned_;
  json_t *wrong;                /* With --json: what is broken.  */
};


static uint64_t
row_number (json_t *row, const char *name)
{
  return (uint64_t)json_integer_value (json_object_get (row, name));
}


static bool
hash_of (json_t *row, const char *name, unsigned char hash[CHAIN_HASHLEN])
{
  const char *text = json_string_value (json_object_get (row, name));

  return text && strlen (text) == HEXLEN
         && !decode_hex (text, HEXLEN, hash, CHAIN_HASHLEN);
}


static void GPGRT_ATTR_PRINTF (2, 3)
note_broken (struct verify *v, const char *format, ...)
{
  va_list ap;
  char *text;

  v->broken++;
  va_start (ap, format);
  text = gpgrt_vbsprintf (format, ap);
  va_end (ap);
  if (v->opt->json)
    json_array_append_new (v->wrong, json_string (text ? text : format));
  else
    printf ("BROKEN: %s\n", text ? text : format);
  gpgrt_free (text);
}


/* "SEQ:HASH" as audit verify prints it.  */
static gpg_error_t
parse_head (struct verify *v)
{
  const char *text = v->opt->head;
  const char *colon = text ? strchr (text, ':') : NULL;
  unsigned long long seq;

  if (!text)
    return 0;
  if (!colon || strlen (colon + 1) != HEXLEN
      || decode_decimal (text, (size_t)(colon - text), INT64_MAX, &seq)
      || !seq || decode_hex (colon + 1, HEXLEN, v->noted, CHAIN_HASHLEN))
    {
      log_error ("audit verify: --head '%s' is not SEQ:HASH, as an earlier"
                 " 'audit verify' printed it", text);
      return gpg_error (GPG_ERR_INV_VALUE);
    }
  v->noted_seq = seq;
  return 0;
}


/* Add a member to the digest exactly as the store did with the column.  */
static gpg_error_t
digest_json_column (chain_t digest, json_t *row, const char *name)
{
  json_t *value = json_object_get (row, name);
  unsigned char *data;
  const char *text;
  size_t len;
  gpg_error_t err = 0;

  if (!value)
    chain_null (digest);
  else if (json_is_integer (value))
    chain_number (digest, json_integer_value (value));
  else if (!json_is_string (value))
    err = gpg_error (GPG_ERR_BAD_DATA);
  else if (strcmp (name, "request") && strcmp (name, "blob"))
    chain_text (digest, json_string_value (value),
                json_string_length (value));
  else
    {
      text = json_string_value (value);
      err = ctl_blob_decode (text, !strcmp (name, "request"), &data, &len);
      if (!err)
        chain_blob (digest, data, len);
      free (data);
    }
  return err;
}


static gpg_error_t
digest_json_row (const unsigned char before[CHAIN_HASHLEN], json_t *row,
                 unsigned char hash[CHAIN_HASHLEN])
{
  gpg_error_t err;
  chain_t digest;
  size_t i;

  err = chain_begin (before, &digest);
  /* The last column is digested only if the row has it.  */
  for (i = 0; !err && chain_columns[i]; i++)
    if (chain_columns[i + 1] || json_object_get (row, chain_columns[i]))
      err = digest_json_column (digest, row, chain_columns[i]);
  if (digest)
    chain_end (digest, hash);
  return err;
}


/* True if decide writes such a row without a signed request: for an event, or
   for a request that it refused before claiming it.  */
static bool
may_be_unsigned (json_t *row)
{
  static const char *const before[] =
    { "capture", "unseal", "verify", "parse", "to", "claim" };
  const char *result = json_string_value (json_object_get (row, "result"));
  const char *stage = json_string_value (json_object_get (row, "stage"));
  size_t i;

  if (result && (!strcmp (result, "event") || !strcmp (result, "closed")))
    return true;
  for (i = 0; stage && i < sizeof before / sizeof *before; i++)
    if (!strcmp (stage, before[i]))
      return result && !strcmp (result, "refused");
  return false;
}


static void
check_row_signature (struct verify *v, json_t *row)
{
  const char *why;

  if (json_object_get (row, "blob"))
    why = ctl_blob_check (v->blobs, row);
  else
    {
      v->unsigned_++;
      why = may_be_unsigned (row) ? NULL
        : "it reports on a request, but has no signed one";
    }
  if (why)
    note_broken (v, "row %" PRIu64 ": %s", row_number (row, "row"), why);
}


/* Go on from the hash that is written, not from the one that was computed, so
   that one change is reported once.  */
static void
take_chain_row (struct verify *v, json_t *row)
{
  unsigned char hash[CHAIN_HASHLEN], written[CHAIN_HASHLEN] = { 0 };
  uint64_t seq = row_number (row, "seq");

  v->rows++;
  if (seq != v->seq + 1)
    note_broken (v, "the chain goes on with %" PRIu64 " where %" PRIu64
                 " is due: rows were removed", seq, v->seq + 1);
  if (!hash_of (row, "hash", written))
    note_broken (v, "link %" PRIu64 " has no hash", seq);
  else if (!json_object_get (row, "row"))
    note_broken (v, "the row of link %" PRIu64 " was removed", seq);
  else if (digest_json_row (v->hash, row, hash))
    note_broken (v, "row %" PRIu64 " cannot be read", row_number (row, "row"));
  else if (memcmp (hash, written, CHAIN_HASHLEN))
    note_broken (v, "row %" PRIu64 " (link %" PRIu64 ") was changed, or moved",
                 row_number (row, "row"), seq);
  else
    check_row_signature (v, row);
  memcpy (v->hash, written, CHAIN_HASHLEN);
  v->seq = seq;
  if (seq == v->noted_seq && !memcmp (written, v->noted, CHAIN_HASHLEN))
    v->noted_found = true;
}


/* After an interrupted export the ends come again: the base of the first and
   the head of the last count.  */
static gpg_error_t
take_chain_ends (struct verify *v, json_t *ends)
{
  if (row_number (ends, "postern-audit") != 1
      || !hash_of (ends, "head", v->head))
    return gpg_error (GPG_ERR_BAD_DATA);
  v->head_seq = row_number (ends, "head-seq");
  v->open = row_number (ends, "open");
  if (v->begun)
    return 0;
  v->begun = true;
  v->base_seq = v->seq = row_number (ends, "base-seq");
  if (!hash_of (ends, "base", v->hash))
    return gpg_error (GPG_ERR_BAD_DATA);
  if (v->noted_seq && v->noted_seq == v->base_seq
      && !memcmp (v->hash, v->noted, CHAIN_HASHLEN))
    v->noted_found = true;
  return 0;
}


/* Whatever comes after this end mark must end with a mark of its own.  */
static gpg_error_t
take_end_mark (struct verify *v, json_t *mark)
{
  unsigned char hash[CHAIN_HASHLEN];

  if (row_number (mark, "postern-audit-end") != 1
      || !hash_of (mark, "hash", hash))
    return gpg_error (GPG_ERR_BAD_DATA);
  v->whole = row_number (mark, "seq") == v->head_seq
    && !memcmp (hash, v->head, CHAIN_HASHLEN);
  return 0;
}


static gpg_error_t
take_chain_line (void *hook, const char *line)
{
  struct verify *v = hook;
  json_error_t error;
  json_t *object = json_loads (line, JSON_REJECT_DUPLICATES, &error);
  gpg_error_t err = 0;

  v->whole = false;
  if (!json_is_object (object))
    err = gpg_error (GPG_ERR_BAD_DATA);
  else if (json_object_get (object, "postern-audit"))
    err = take_chain_ends (v, object);
  else if (!v->begun)
    err = gpg_error (GPG_ERR_BAD_DATA);
  else if (json_object_get (object, "postern-audit-end"))
    err = take_end_mark (v, object);
  else
    take_chain_row (v, object);
  json_decref (object);
  return err;
}


/* Check the end of the chain against its head, and the head that was noted.  */
static void
check_end (struct verify *v)
{
  if (v->seq != v->head_seq || memcmp (v->hash, v->head, CHAIN_HASHLEN))
    note_broken (v, "the chain ends with %" PRIu64 ", but its head is %" PRIu64
                 ": its end was cut off", v->seq, v->head_seq);
  else if (!v->whole)
    note_broken (v, "its end mark is missing: its end was cut off");
  if (v->noted_seq && v->noted_seq < v->base_seq)
    {
      if (!v->opt->json)
        printf ("The head that was noted (%" PRIu64 ") is older than what is"
                " kept; it proves nothing here.\n", v->noted_seq);
    }
  else if (v->noted_seq && !v->noted_found)
    note_broken (v, "the head that was noted (%" PRIu64 ") is not in the chain:"
                 " rows were removed, or all of it was rewritten",
                 v->noted_seq);
}


/* Say in plain words what is proven and what is not.  */
static void
print_verify_result (struct verify *v)
{
  char hex[HEXLEN + 1];

  if (v->broken)
    printf ("%" PRIu64 " rows; %" PRIu64 " things are wrong.\n", v->rows,
            v->broken);
  else
    printf ("%" PRIu64 " rows, links %" PRIu64 " to %" PRIu64
            ": the chain holds.\n", v->rows, v->base_seq + 1, v->seq);
  ctl_blob_print (v->blobs);
  puts ("\nNot proven:");
  if (v->base_seq)
    printf ("- what came before link %" PRIu64 ": it was pruned\n",
            v->base_seq + 1);
  if (v->open)
    printf ("- %" PRIu64 " rows that may still change: they are not in the"
            " chain yet\n", v->open);
  if (v->unsigned_)
    printf ("- by a signature, %" PRIu64 " rows without a request:"
            " refusals before the claim, closed grants, events\n",
            v->unsigned_);
  puts ("- by a signature, when each request came and what became of it: that"
        " is the server's word");
  if (!v->noted_found)
    puts ("- that the server did not rewrite all of it: note its head"
          " elsewhere, and give it with --head");
  encode_hex (v->hash, CHAIN_HASHLEN, hex);
  printf ("\nHead: %" PRIu64 ":%s\n", v->seq, hex);
}


/* The same, as one object.  */
static void
print_verify_json (struct verify *v)
{
  char hex[HEXLEN + 1];
  json_t *object;

  encode_hex (v->hash, CHAIN_HASHLEN, hex);
  hex[HEXLEN] = 0;
  object = json_pack ("{sb sO sI sI sI sI sI so ss?}",
                      "good", !v->broken, "wrong", v->wrong,
                      "rows", (json_int_t)v->rows,
                      "first-link", (json_int_t)v->base_seq + 1,
                      "last-link", (json_int_t)v->seq,
                      "open-rows", (json_int_t)v->open,
                      "unsigned-rows", (json_int_t)v->unsigned_,
                      "head", json_sprintf ("%" PRIu64 ":%s", v->seq, hex),
                      "head-given", !v->noted_seq ? NULL
                      : v->noted_found ? "found"
                      : v->noted_seq < v->base_seq ? "pruned" : "missing");
  ctl_blob_describe (v->blobs, object);
  json_dumpf (object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar ('\n');
  json_decref (object);
}


int
ctl_audit_verify (const struct ctl_options *opt)
{
  struct ctl_source source;
  struct verify v;
  gpg_error_t err;

  memset (&v, 0, sizeof v);
  v.opt = opt;
  err = parse_head (&v);
  if (err)
    return EX_USAGE;
  v.wrong = json_array ();
  memset (&source, 0, sizeof source);
  /* What only root can open must be open before ctl_blob_open gives up root.  */
  err = secret_init (SECRET_POOL);
  if (err)
    log_error ("audit verify: %s", secret_why (err));
  else
    err = ctl_source_open (opt, opt->argc > 1 ? opt->argv[1] : NULL, &source);
  if (!err)
    err = ctl_blob_open (opt, &v.blobs);
  if (!err)
    err = ctl_source_read (&source, take_chain_line, &v);
  ctl_source_close (&source);
  if (!err && !v.begun)
    {
      log_error ("audit verify: there is nothing to verify");
      err = gpg_error (GPG_ERR_BAD_DATA);
    }
  if (!err)
    {
      check_end (&v);
      if (opt->json)
        print_verify_json (&v);
      else
        print_verify_result (&v);
    }
  json_decref (v.wrong);
  ctl_blob_close (v.blobs);
  return err ? ctl_exit_code (err) : v.broken ? EX_DATAERR : EX_OK;
}
