/* pgp-verify.c - One verdict from all that gpg says about a signed blob.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gpgme's summary leaves out what matters here: the class of the signature,
 * the primary fingerprint, and that gpg said nothing else.  So this file
 * reads gpg's status lines, which doc/DETAILS of GnuPG describes.  A status
 * that is not listed as harmless refuses the blob: nothing here may ever
 * pass a line that it does not know.  */

#include "pgp.h"

#include <string.h>
#include <time.h>
#include "../base/encode.h"
#include "../wire/framing.h"
#include "pgp-local.h"

#define MAX_SIGNERS 2

struct verdict
{
  gpg_err_code_t code;
  const char *why;              /* NULL: nothing bad so far.  */
  unsigned int news, goods, valids, plaintexts;
  char unknown[NETSPEC_FPRLEN + 1];     /* A key that gpg lacks.  */
  struct pgp_signer signer[MAX_SIGNERS];
};


/* Refuse the blob.  The first reason counts.  */
static void
refuse_blob (struct verdict *v, gpg_err_code_t code, const char *why)
{
  if (!v->why)
    {
      v->code = code;
      v->why = why;
    }
}


/* Copy field N (from 0) of ARGS into BUF of SIZE bytes; it is empty if it is
   missing or too long.  */
static const char *
get_field (const char *args, unsigned int n, char *buf, size_t size)
{
  size_t len;

  for (; n; n--)
    {
      args += strcspn (args, " ");
      args += strspn (args, " ");
    }
  len = strcspn (args, " ");
  if (len >= size)
    len = 0;
  memcpy (buf, args, len);
  buf[len] = 0;
  return buf;
}


static bool
get_number_field (const char *args, unsigned int n, uint64_t *r_value)
{
  char buf[32];
  unsigned long long value;

  get_field (args, n, buf, sizeof buf);
  if (decode_decimal (buf, strlen (buf), UINT64_MAX, &value))
    return false;
  *r_value = value;
  return true;
}


static bool
get_fpr_field (const char *args, unsigned int n, char fpr[NETSPEC_FPRLEN + 1])
{
  return pgp_is_fpr (get_field (args, n, fpr, NETSPEC_FPRLEN + 1));
}


/* VALIDSIG fpr date timestamp expires version 0 pkalgo hash class primary */
static void
on_validsig (struct verdict *v, const char *args)
{
  struct pgp_signer *s;
  uint64_t hash;
  char class[4];

  if (v->valids == MAX_SIGNERS)
    {
      refuse_blob (v, GPG_ERR_GENERAL, "more signatures than expected");
      return;
    }
  s = v->signer + v->valids++;
  if (!get_fpr_field (args, 0, s->signing)
      || !get_number_field (args, 7, &hash)
      || !get_fpr_field (args, 9, s->primary))
    refuse_blob (v, GPG_ERR_GENERAL, "a verdict of gpg that is not understood");
  else if (!framing_good_hash ((unsigned int)hash))
    refuse_blob (v, GPG_ERR_DIGEST_ALGO, "digest weaker than SHA-256");
  else if (strcmp (get_field (args, 8, class, sizeof class), "00"))
    refuse_blob (v, GPG_ERR_GENERAL, "signature of a class other than 0x00");
}


/* ERRSIG keyid pkalgo hash class timestamp rc fpr */
static void
on_errsig (struct verdict *v, const char *args)
{
  uint64_t rc, hash;

  if (!get_number_field (args, 5, &rc))
    rc = 0;
  if (!get_number_field (args, 2, &hash))
    hash = 0;
  if (rc == GPG_ERR_NO_PUBKEY)
    {
      if (!get_fpr_field (args, 6, v->unknown))
        *v->unknown = 0;
      refuse_blob (v, GPG_ERR_NO_PUBKEY, "signed by an unknown key");
    }
  else if (rc == GPG_ERR_WRONG_KEY_USAGE)
    refuse_blob (v, GPG_ERR_WRONG_KEY_USAGE,
                 "signed by a key that may not sign");
  else if (rc == GPG_ERR_DIGEST_ALGO
           || (hash && !framing_good_hash ((unsigned int)hash)))
    refuse_blob (v, GPG_ERR_DIGEST_ALGO, "digest weaker than SHA-256");
  else
    refuse_blob (v, GPG_ERR_GENERAL, "signature that cannot be checked");
}


/* What gpg may say.  A handler reads the arguments; COUNT is where in the
   verdict the line is counted; a CODE refuses with WHY.  A row with none of
   these does not matter: the state of the keys themselves is looked up, so
   KEYEXPIRED (which speaks of any subkey) and the trust levels decide
   nothing.  ERROR and FAILURE may follow a bad verdict, which then
   stands.  */
#define COUNT(member) offsetof (struct verdict, member)
static const struct
{
  const char *keyword;
  void (*handler) (struct verdict *v, const char *args);
  size_t count;                 /* 0: not counted.  */
  gpg_err_code_t code;
  const char *why;
} statuses[] =
  {
    { "NEWSIG", NULL, COUNT (news), 0, NULL },
    { "GOODSIG", NULL, COUNT (goods), 0, NULL },
    { "VALIDSIG", on_validsig, 0, 0, NULL },
    { "PLAINTEXT", NULL, COUNT (plaintexts), 0, NULL },
    { "BADSIG", NULL, 0, GPG_ERR_BAD_SIGNATURE, "bad signature" },
    { "ERRSIG", on_errsig, 0, 0, NULL },
    { "EXPSIG", NULL, 0, GPG_ERR_SIG_EXPIRED, "expired signature" },
    { "EXPKEYSIG", NULL, 0, GPG_ERR_KEY_EXPIRED, "signed by an expired key" },
    { "REVKEYSIG", NULL, 0, GPG_ERR_CERT_REVOKED, "signed by a revoked key" },
    { "ERROR", NULL, 0, GPG_ERR_NOT_OPERATIONAL, "gpg does not work" },
    { "FAILURE", NULL, 0, GPG_ERR_NOT_OPERATIONAL, "gpg does not work" },
    { "PLAINTEXT_LENGTH", NULL, 0, 0, NULL },
    { "SIG_ID", NULL, 0, 0, NULL },
    { "KEY_CONSIDERED", NULL, 0, 0, NULL },
    { "KEYEXPIRED", NULL, 0, 0, NULL },
    { "NOTATION_NAME", NULL, 0, 0, NULL },
    { "NOTATION_FLAGS", NULL, 0, 0, NULL },
    { "NOTATION_DATA", NULL, 0, 0, NULL },
    { "POLICY_URL", NULL, 0, 0, NULL },
    { "PROGRESS", NULL, 0, 0, NULL },
    { "VERIFICATION_COMPLIANCE_MODE", NULL, 0, 0, NULL },
    { "TRUST_UNDEFINED", NULL, 0, 0, NULL },
    { "TRUST_NEVER", NULL, 0, 0, NULL },
    { "TRUST_MARGINAL", NULL, 0, 0, NULL },
    { "TRUST_FULLY", NULL, 0, 0, NULL },
    { "TRUST_ULTIMATE", NULL, 0, 0, NULL },
    { NULL, NULL, 0, 0, NULL }
  };


static gpgme_error_t
on_verify_status (void *hook, const char *keyword, const char *args)
{
  struct verdict *v = hook;
  size_t i;

  if (!*keyword)
    return 0;                   /* gpgme marks the end so.  */
  for (i = 0; statuses[i].keyword; i++)
    if (!strcmp (statuses[i].keyword, keyword))
      {
        if (statuses[i].handler)
          statuses[i].handler (v, args);
        if (statuses[i].count)
          ++*(unsigned int *)((char *)v + statuses[i].count);
        if (statuses[i].code)
          refuse_blob (v, statuses[i].code, statuses[i].why);
        return 0;
      }
  refuse_blob (v, GPG_ERR_GENERAL, "an unexpected verdict of gpg");
  return 0;
}


/* Run gpg on BLOB and collect what it says in V.  */
static gpg_error_t
run_verify (pgp_t pgp, const void *blob, size_t len, struct pgp_sink *sink,
            struct verdict *v)
{
  gpg_error_t err;
  gpgme_data_t data;

  err = gpgme_data_new_from_mem (&data, blob, len, 0);
  if (err)
    return err;
  err = pgp_begin (pgp);
  if (!err)
    {
      gpgme_set_status_cb (pgp->ctx, on_verify_status, v);
      err = gpgme_op_verify_start (pgp->ctx, data, NULL, sink->data);
      err = pgp_finish (pgp, err);
      gpgme_set_status_cb (pgp->ctx, NULL, NULL);
    }
  gpgme_data_release (data);
  return err;
}


/* The key may expire while it is in the cache, so compare its expiry with
   the clock each time.  */
static void
judge_signing_part (struct verdict *v, gpgme_subkey_t sub)
{
  time_t now = time (NULL);

  if (sub->revoked)
    refuse_blob (v, GPG_ERR_CERT_REVOKED, "signed by a revoked key");
  else if (sub->expired || (sub->expires && sub->expires <= now))
    refuse_blob (v, GPG_ERR_KEY_EXPIRED, "signed by an expired key");
  else if (sub->disabled)
    refuse_blob (v, GPG_ERR_KEY_DISABLED, "signed by a disabled key");
  else if (sub->invalid)
    refuse_blob (v, GPG_ERR_DIGEST_ALGO,
                 "signed by a key that no good digest binds");
}


static void
judge_signing_key (struct verdict *v, const struct pgp_signer *s,
                   gpgme_key_t key)
{
  gpgme_subkey_t sub;

  if (key->revoked)
    refuse_blob (v, GPG_ERR_CERT_REVOKED, "signed by a revoked key");
  else if (key->disabled)
    refuse_blob (v, GPG_ERR_KEY_DISABLED, "signed by a disabled key");
  else if (key->expired)
    refuse_blob (v, GPG_ERR_KEY_EXPIRED, "signed by an expired key");
  else if (key->invalid)
    refuse_blob (v, GPG_ERR_DIGEST_ALGO,
                 "signed by a key that no good digest binds");
  for (sub = key->subkeys; sub; sub = sub->next)
    if (sub->fpr && !strcmp (sub->fpr, s->signing))
      break;
  if (!sub)
    {
      refuse_blob (v, GPG_ERR_GENERAL,
                   "signed by a key that gpg does not list");
      return;
    }
  judge_signing_part (v, sub);
  judge_signing_part (v, key->subkeys);
  if (!sub->can_sign)
    refuse_blob (v, GPG_ERR_WRONG_KEY_USAGE,
                 "signed by a key that may not sign");
}


/* There must be exactly SIGNERS good signatures and one text.  */
static void
check_counts (struct verdict *v, unsigned int signers, bool over)
{
  if (over)
    refuse_blob (v, GPG_ERR_GENERAL, "text too long");
  if (v->news != signers || v->goods != signers || v->valids != signers)
    refuse_blob (v, GPG_ERR_GENERAL,
                 "not the expected number of good signatures");
  if (v->plaintexts != 1)
    refuse_blob (v, GPG_ERR_GENERAL, "not exactly one text");
}


/* Refuse a signature by a subkey that two keys share: gpg names the first
   of them, whoever signed.  For a primary key there is no doubt.  */
static gpg_error_t
check_shared (pgp_t pgp, struct verdict *v, const struct pgp_signer *s)
{
  gpg_error_t err;
  bool shared;

  if (pgp->side != PGP_SERVER || !strcmp (s->signing, s->primary))
    return 0;
  err = pgp_cache_is_shared (pgp, s->primary, s->signing, &shared);
  if (!err && shared)
    refuse_blob (v, GPG_ERR_AMBIGUOUS_NAME,
                 "signed by a subkey that two keys have");
  return err;
}


static gpg_error_t
check_keys (pgp_t pgp, struct verdict *v)
{
  gpg_error_t err;
  gpgme_key_t key;
  unsigned int i;

  for (i = 0; i < v->valids; i++)
    {
      err = check_shared (pgp, v, v->signer + i);
      if (err)
        return err;
      err = pgp_cache_find (pgp, v->signer[i].primary, &key);
      if (gpg_err_code (err) == GPG_ERR_NO_PUBKEY)
        refuse_blob (v, GPG_ERR_NO_PUBKEY, "signed by an unknown key");
      else if (err)
        return err;
      else
        judge_signing_key (v, v->signer + i, key);
    }
  return 0;
}


/* gpg 2.4 reports a key that may not sign as unknown: tell the two cases
   apart.  */
static gpg_error_t
judge_unknown_key (pgp_t pgp, struct verdict *v)
{
  gpg_error_t err;
  gpgme_key_t key;
  gpgme_subkey_t sub;

  if (v->code != GPG_ERR_NO_PUBKEY || !*v->unknown)
    return 0;
  err = pgp_cache_find_part (pgp, v->unknown, &key, &sub);
  if (err)
    return gpg_err_code (err) == GPG_ERR_NO_PUBKEY ? 0 : err;
  if (!sub->can_sign && !sub->invalid && !key->invalid)
    {
      v->code = GPG_ERR_WRONG_KEY_USAGE;
      v->why = "signed by a key that may not sign";
    }
  return 0;
}


/* Why gpg came to no verdict, which is a refusal as well.  */
static const char *
why_not_run (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_TIMEOUT
         ? "gpg took too long" : "gpg does not work";
}


gpg_error_t
pgp_verify (pgp_t pgp, const void *blob, size_t len, unsigned int signers,
            struct pgp_signer *r_signer, void *buf, size_t size,
            size_t *r_len, const char **r_why)
{
  gpg_error_t err;
  struct verdict v;
  struct pgp_sink sink;

  *r_len = 0;
  *r_why = "gpg does not work";
  memset (&v, 0, sizeof v);
  if (signers < 1 || signers > MAX_SIGNERS)
    return gpg_error (GPG_ERR_INV_ARG);
  memset (r_signer, 0, signers * sizeof *r_signer);
  err = pgp_sink_open (&sink, buf, size);
  if (err)
    return err;
  err = run_verify (pgp, blob, len, &sink, &v);
  pgp_sink_close (&sink);
  /* If gpg fails after a bad verdict, the verdict tells more.  */
  if (gpg_err_code (err) != GPG_ERR_TIMEOUT && (v.why || sink.over))
    err = 0;
  else if (gpg_err_code (err) == GPG_ERR_GENERAL)
    err = gpg_error (GPG_ERR_NOT_OPERATIONAL);
  if (!err)
    check_counts (&v, signers, sink.over);
  if (!err)
    err = v.why ? judge_unknown_key (pgp, &v) : check_keys (pgp, &v);
  *r_why = err ? why_not_run (err) : v.why;
  if (err)
    return err;
  if (!v.valids)
    memcpy (v.signer->signing, v.unknown, sizeof v.signer->signing);
  memcpy (r_signer, v.signer, signers * sizeof *r_signer);
  if (v.why)
    return gpg_error (v.code);
  *r_len = sink.len;
  return 0;
}
