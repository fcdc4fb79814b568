/* ctl-chain.c - posternctl audit verify.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The chain shows that nothing was taken out or changed since its head was
 * noted; the signatures show who asked for what, whoever kept the audit.
 * What neither shows is said as well.  */

#include "posternctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../common/base/file.h"
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
  bool begun;                   /* The first line came.  */
  bool whole;                   /* The last line was the mark of the end.  */
  uint64_t base_seq;
  uint64_t seq;                 /* Of the last row.  */
  unsigned char hash[CHAIN_HASHLEN];
  uint64_t head_seq;            /* As the first line has it.  */
  unsigned char head[CHAIN_HASHLEN];
  uint64_t noted_seq;           /* --head; 0: none.  */
  unsigned char noted[CHAIN_HASHLEN];
  bool noted_found;
  uint64_t open;
  uint64_t rows, broken, unsigned_;
  json_t *wrong;                /* --json: what is broken; NULL else.  */
};


static uint64_t
number_of (json_t *row, const char *name)
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
complain (struct verify *v, const char *format, ...)
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


/* The columns of chain_columns as the store had them.  */
static gpg_error_t
digest_column (chain_t digest, json_t *row, const char *name)
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
digest_row (const unsigned char before[CHAIN_HASHLEN], json_t *row,
            unsigned char hash[CHAIN_HASHLEN])
{
  gpg_error_t err;
  chain_t digest;
  size_t i;

  err = chain_begin (before, &digest);
  /* The last one only where there is one.  */
  for (i = 0; !err && chain_columns[i]; i++)
    if (chain_columns[i + 1] || json_object_get (row, chain_columns[i]))
      err = digest_column (digest, row, chain_columns[i]);
  if (digest)
    chain_end (digest, hash);
  return err;
}


/* Whether decide writes such a row of what nobody signed, or of what it has
   not claimed.  */
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
check_signature (struct verify *v, json_t *row)
{
  const char *why;

  if (json_object_get (row, "blob"))
    why = ctl_blob_check (v->blobs, row);
  else
    {
      v->unsigned_++;
      why = may_be_unsigned (row) ? NULL
        : "it tells what came of a request, and has none that was signed";
    }
  if (why)
    complain (v, "row %" PRIu64 ": %s", number_of (row, "row"), why);
}


/* Go on from what is written, so that one change is told once.  */
static void
take_row (struct verify *v, json_t *row)
{
  unsigned char hash[CHAIN_HASHLEN], written[CHAIN_HASHLEN] = { 0 };
  uint64_t seq = number_of (row, "seq");

  v->rows++;
  if (seq != v->seq + 1)
    complain (v, "the chain goes on with %" PRIu64 " where %" PRIu64
              " is due: rows were taken out", seq, v->seq + 1);
  if (!hash_of (row, "hash", written))
    complain (v, "link %" PRIu64 " has no hash", seq);
  else if (!json_object_get (row, "row"))
    complain (v, "the row of link %" PRIu64 " was taken out", seq);
  else if (digest_row (v->hash, row, hash))
    complain (v, "row %" PRIu64 " cannot be read", number_of (row, "row"));
  else if (memcmp (hash, written, CHAIN_HASHLEN))
    complain (v, "row %" PRIu64 " (link %" PRIu64 ") was changed, or moved",
              number_of (row, "row"), seq);
  else
    check_signature (v, row);
  memcpy (v->hash, written, CHAIN_HASHLEN);
  v->seq = seq;
  if (seq == v->noted_seq && !memcmp (written, v->noted, CHAIN_HASHLEN))
    v->noted_found = true;
}


/* The ends come again where an export was interrupted: the first one's base
   and the last one's head are those that count.  */
static gpg_error_t
take_ends (struct verify *v, json_t *ends)
{
  if (number_of (ends, "postern-audit") != 1
      || !hash_of (ends, "head", v->head))
    return gpg_error (GPG_ERR_BAD_DATA);
  v->head_seq = number_of (ends, "head-seq");
  v->open = number_of (ends, "open");
  if (v->begun)
    return 0;
  v->begun = true;
  v->base_seq = v->seq = number_of (ends, "base-seq");
  if (!hash_of (ends, "base", v->hash))
    return gpg_error (GPG_ERR_BAD_DATA);
  if (v->noted_seq && v->noted_seq == v->base_seq
      && !memcmp (v->hash, v->noted, CHAIN_HASHLEN))
    v->noted_found = true;
  return 0;
}


/* The mark of the end; what comes after it, if anything, must have one of
   its own.  */
static gpg_error_t
take_mark (struct verify *v, json_t *mark)
{
  unsigned char hash[CHAIN_HASHLEN];

  if (number_of (mark, "postern-audit-end") != 1
      || !hash_of (mark, "hash", hash))
    return gpg_error (GPG_ERR_BAD_DATA);
  v->whole = number_of (mark, "seq") == v->head_seq
    && !memcmp (hash, v->head, CHAIN_HASHLEN);
  return 0;
}


static gpg_error_t
take_line (void *hook, const char *line)
{
  struct verify *v = hook;
  json_error_t error;
  json_t *object = json_loads (line, JSON_REJECT_DUPLICATES, &error);
  gpg_error_t err = 0;

  v->whole = false;
  if (!json_is_object (object))
    err = gpg_error (GPG_ERR_BAD_DATA);
  else if (json_object_get (object, "postern-audit"))
    err = take_ends (v, object);
  else if (!v->begun)
    err = gpg_error (GPG_ERR_BAD_DATA);
  else if (json_object_get (object, "postern-audit-end"))
    err = take_mark (v, object);
  else
    take_row (v, object);
  json_decref (object);
  return err;
}


/* What the end must show.  */
static void
check_end (struct verify *v)
{
  if (v->seq != v->head_seq || memcmp (v->hash, v->head, CHAIN_HASHLEN))
    complain (v, "the chain ends with %" PRIu64 ", but its head is %" PRIu64
              ": its end was cut off", v->seq, v->head_seq);
  else if (!v->whole)
    complain (v, "the mark of its end is missing: its end was cut off");
  if (v->noted_seq && v->noted_seq < v->base_seq)
    {
      if (!v->opt->json)
        printf ("The head that was noted (%" PRIu64 ") is older than what is"
                " kept; it proves nothing here.\n", v->noted_seq);
    }
  else if (v->noted_seq && !v->noted_found)
    complain (v, "the head that was noted (%" PRIu64 ") is not in the chain:"
              " rows were taken out, or all was written anew",
              v->noted_seq);
}


/* In plain words, what is proven and what is not.  */
static void
print_result (struct verify *v)
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
    printf ("- what stood before link %" PRIu64 ": it was pruned\n",
            v->base_seq + 1);
  if (v->open)
    printf ("- %" PRIu64 " rows that may still change: they are not in the"
            " chain yet\n", v->open);
  if (v->unsigned_)
    printf ("- by a signature, %" PRIu64 " rows that no request stands"
            " behind: refusals before the claim, grants closed, events\n",
            v->unsigned_);
  puts ("- by a signature, when each request came and what came of it: that"
        " is the server's word");
  if (!v->noted_found)
    puts ("- that the server did not write all of it anew: note its head"
          " elsewhere, and give it with --head");
  encode_hex (v->hash, CHAIN_HASHLEN, hex);
  printf ("\nHead: %" PRIu64 ":%s\n", v->seq, hex);
}


/* The same, as one object.  */
static void
print_json (struct verify *v)
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
  err = secret_init (SECRET_POOL);
  if (err)
    log_error ("audit verify: %s", secret_why (err));
  else
    err = ctl_source_open (opt, opt->argc > 1 ? opt->argv[1] : NULL, &source);
  if (!err)
    err = ctl_blob_open (opt, &v.blobs);
  if (!err)
    err = ctl_source_read (&source, take_line, &v);
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
        print_json (&v);
      else
        print_result (&v);
    }
  json_decref (v.wrong);
  ctl_blob_close (v.blobs);
  return err ? ctl_exit_code (err) : v.broken ? EX_DATAERR : EX_OK;
}
