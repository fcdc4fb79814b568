/* chain.c - The hash that binds a row of the audit to the one before.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gcrypt.h>

const char *const chain_columns[] =
  {
    "row", "time", "host", "result", "stage", "reason", "user", "fpr",
    "source", "sport", "address", "action", "ports", "rule", "request",
    "until", "count", "detail", "blob", "argv", NULL
  };

struct chain_s
{
  gcry_md_hd_t md;
};


gpg_error_t
chain_begin (const unsigned char before[CHAIN_HASHLEN], chain_t *r_chain)
{
  static const char label[] = "postern audit 1";
  chain_t chain = calloc (1, sizeof *chain);
  gpg_error_t err;

  *r_chain = NULL;
  if (!chain)
    return gpg_error_from_syserror ();
  err = gcry_md_open (&chain->md, GCRY_MD_SHA256, 0);
  if (err)
    {
      free (chain);
      return err;
    }
  gcry_md_write (chain->md, label, sizeof label - 1);
  gcry_md_write (chain->md, before, CHAIN_HASHLEN);
  *r_chain = chain;
  return 0;
}


static void
add_value (chain_t chain, char kind, const void *data, size_t len)
{
  unsigned char head[9];
  uint64_t n = len;
  int i;

  head[0] = (unsigned char)kind;
  for (i = 8; i > 0; i--, n >>= 8)
    head[i] = (unsigned char)(n & 0xff);
  gcry_md_write (chain->md, head, sizeof head);
  gcry_md_write (chain->md, data, len);
}


void
chain_null (chain_t chain)
{
  add_value (chain, 'n', "", 0);
}


void
chain_number (chain_t chain, int64_t number)
{
  char text[24];

  snprintf (text, sizeof text, "%" PRId64, number);
  add_value (chain, 'i', text, strlen (text));
}


void
chain_text (chain_t chain, const char *text, size_t len)
{
  add_value (chain, 't', text, len);
}


void
chain_blob (chain_t chain, const void *data, size_t len)
{
  add_value (chain, 'b', data, len);
}


void
chain_end (chain_t chain, unsigned char hash[CHAIN_HASHLEN])
{
  memcpy (hash, gcry_md_read (chain->md, GCRY_MD_SHA256), CHAIN_HASHLEN);
  gcry_md_close (chain->md);
  free (chain);
}
