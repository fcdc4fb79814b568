/* envelope.c - An invite, out of its OpenPGP message.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The keys that verify the invite are in the invite: its text is read
 * first, unverified, and then again as the signatures cover it; both must
 * be identical.  The keys must never get into the person's keyring: they go
 * into a home that exists only while gpg checks the signatures.  */

#include "envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/armour.h"
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/wire/framing.h"
#include "../../common/pgp/pgp.h"
#include "../../common/base/secret.h"
#include "../patience.h"
#include "../gpg-errors.h"

#define BLOB_MAXLEN (INVITE_MAXLEN + 8192)      /* And its signature.  */
#define DEADLINE 30000          /* Milliseconds for a run of gpg.  */

/* Buffers in secret memory: all of them hold the door key.  */
struct envelope
{
  unsigned char *blob;
  size_t bloblen;
  unsigned char *text;
  size_t textlen;
  unsigned int signers;
  invite_t invite;
  char *by;                     /* What the person calls who signed too. */
};


/* Make a folder for a home of gpg's; free.  */
static gpg_error_t
make_home (char **r_home, char **r_message)
{
  const char *base = getenv ("TMPDIR");
  gpg_error_t err;
  char *home;

  *r_home = NULL;
  home = gpgrt_bsprintf ("%s/postern-XXXXXX",
                         base && *base == '/' ? base : "/tmp");
  if (!home)
    return gpg_error_from_syserror ();
  if (!mkdtemp (home))
    {
      err = gpg_error_from_syserror ();
      *r_message = gpgrt_bsprintf ("no folder can be created in '%s': %s; set"
                                   " TMPDIR to one where you may write",
                                   base && *base == '/' ? base : "/tmp",
                                   gpg_strerror (err));
      gpgrt_free (home);
      return err;
    }
  *r_home = home;
  return pgp_home_write (home);
}


static void
remove_home (char *home)
{
  if (home)
    file_remove_tree (home);
  gpgrt_free (home);
}


static gpg_error_t
decrypt_invite (pgp_t person, const void *message, size_t len,
                struct envelope *e)
{
  gpg_error_t err;
  unsigned char *copy = malloc (len + 1);

  if (!copy)
    return gpg_error_from_syserror ();
  memcpy (copy, message, len);
  /* postern-gpg tells gpg not to look for any.  */
  err = armour_strip ("PGP MESSAGE", copy, len, &len);
  if (!err)
    err = framing_check_outer (copy, len, NULL);
  if (!err)
    err = pgp_unwrap (person, copy, len, e->blob, BLOB_MAXLEN, &e->bloblen);
  free (copy);
  return err;
}


static gpg_error_t
unwrap_invite (pgp_t person, const void *message, size_t len,
               struct envelope *e,
               char **r_message)
{
  gpg_error_t err;
  enum framing_flaw flaw;

  err = decrypt_invite (person, message, len, e);
  if (err)
    err = gpg_errors_opening (err, r_message);
  if (!*r_message && (gpg_err_code (err) == GPG_ERR_NO_SECKEY
                      || gpg_err_code (err) == GPG_ERR_WRONG_SECKEY))
    *r_message = gpgrt_bsprintf ("this invite is encrypted for another"
                                 " person, or damaged: none of your keys"
                                 " opens it");
  else if (err && !*r_message)
    {
      *r_message = gpgrt_bsprintf ("this is not an invite, or it is damaged:"
                                   " gpg cannot decrypt it (%s)",
                                   gpg_strerror (err));
      err = gpg_error (GPG_ERR_BAD_DATA);
    }
  if (err)
    return err;
  e->signers = framing_count_signers (e->blob, e->bloblen) == 2 ? 2 : 1;
  err = framing_check_inner (e->blob, e->bloblen, SIZE_MAX, INVITE_MAXLEN,
                             e->signers, &flaw);
  if (err)
    {
      *r_message = gpgrt_bsprintf ("this is not an invite: %s",
                                   framing_text (flaw));
      return err;
    }
  return framing_literal (e->blob, e->bloblen, e->text, INVITE_MAXLEN,
                          &e->textlen);
}


static const char *
why_not_usable (pgp_key_t key)
{
  if (key->revoked || key->old_revocation)
    return "revoked";
  if (key->expired)
    return "expired";
  if (key->old_digest)
    return "bound with SHA-1, which no longer counts";
  return key->can_encrypt ? NULL : "not for encryption";
}


/* The key in the invite must be the one that its text names.  What it has
   by weak signatures goes: gpg would encrypt to a subkey of that kind.  */
static gpg_error_t
check_server_key (pgp_t pgp, invite_t invite, char **r_message)
{
  pgp_key_t key = NULL;
  gpg_error_t err;

  err = pgp_key_peek (pgp, invite->server_key, invite->server_key_len, &key);
  if (err)
    *r_message = gpgrt_bsprintf ("the server's key in the invite cannot be"
                                 " read: %s", gpg_strerror (err));
  else if (strcmp (key->fpr, invite->server))
    {
      err = gpg_error (GPG_ERR_BAD_DATA);
      *r_message = gpgrt_bsprintf ("the invite names the server's key %s,"
                                   " but brings %s; do not use it",
                                   invite->server, key->fpr);
    }
  else if (why_not_usable (key))
    {
      err = gpg_error (GPG_ERR_BAD_DATA);
      *r_message = gpgrt_bsprintf ("the server's key %s is %s; ask for a"
                                   " fresh invite", key->fpr,
                                   why_not_usable (key));
    }
  if (!err)
    err = framing_drop_weak (invite->server_key, invite->server_key_len,
                             &invite->server_key_len);
  pgp_key_release (key);
  return err;
}


/* So must the administrator's.  */
static gpg_error_t
check_by_key (pgp_t pgp, invite_t invite, char **r_message)
{
  pgp_key_t key;
  gpg_error_t err;

  err = pgp_key_peek (pgp, invite->by_key, invite->by_key_len, &key);
  if (!err && strcmp (key->fpr, invite->by))
    err = gpg_error (GPG_ERR_BAD_PUBKEY);
  if (err)
    *r_message = gpgrt_bsprintf ("the administrator's key in the invite is"
                                 " not the one that it names (%s): %s; do"
                                 " not use it", invite->by,
                                 gpg_strerror (err));
  pgp_key_release (key);
  if (!err)
    err = pgp_key_import (pgp, invite->by_key, invite->by_key_len);
  return err;
}


/* One of each, in whatever order.  */
static bool
is_signed_by (const struct envelope *e, const struct pgp_signer *signer)
{
  unsigned int i, server = 0, by = 0;

  for (i = 0; i < e->signers; i++)
    {
      server += !strcmp (signer[i].primary, e->invite->server);
      by += *e->invite->by && !strcmp (signer[i].primary, e->invite->by);
    }
  return server == 1 && by == e->signers - 1;
}


static gpg_error_t
check_signature (pgp_t pgp, struct envelope *e, char **r_message)
{
  gpg_error_t err;
  struct pgp_signer signer[2];
  unsigned char *text;
  const char *why = NULL;
  size_t len;

  text = secret_alloc (INVITE_MAXLEN);
  if (!text)
    return gpg_error_from_syserror ();
  err = pgp_verify (pgp, e->blob, e->bloblen, e->signers, signer, text,
                    INVITE_MAXLEN, &len, &why);
  if (!err && !is_signed_by (e, signer))
    {
      err = gpg_error (GPG_ERR_BAD_SIGNATURE);
      why = "signed by another key than it names";
    }
  if (!err && (len != e->textlen || !secret_equal (text, e->text, len)))
    {
      err = gpg_error (GPG_ERR_BAD_SIGNATURE);
      why = "the signature covers another text";
    }
  if (err)
    *r_message = gpgrt_bsprintf ("the invite's signature is not good: %s;"
                                 " do not use it",
                                 why ? why : gpg_strerror (err));
  secret_release (text);
  /* Whatever is wrong with it: the invite is bad.  */
  return err && why ? gpg_error (GPG_ERR_BAD_SIGNATURE) : err;
}


static gpg_error_t
verify_invite (struct envelope *e, char **r_message)
{
  invite_t invite = e->invite;
  gpg_error_t err;
  pgp_t pgp = NULL;
  char *home;

  err = make_home (&home, r_message);
  if (!err)
    err = pgp_new (PGP_SERVER, home, DEADLINE, &pgp);
  if (!err)
    err = check_server_key (pgp, invite, r_message);
  if (!err)
    err = pgp_key_import (pgp, invite->server_key, invite->server_key_len);
  if (!err && *invite->by)
    err = check_by_key (pgp, invite, r_message);
  if (!err)
    err = check_signature (pgp, e, r_message);
  pgp_release (pgp);
  remove_home (home);
  return err;
}


/* The key that the invite is for must be the person's own.  */
static gpg_error_t
check_person (pgp_t person, invite_t invite, char **r_message)
{
  pgp_key_t key;
  gpg_error_t err;

  err = pgp_key_find (person, invite->person, true, &key);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND
      || (!err && strcmp (key->fpr, invite->person)))
    err = gpg_error (GPG_ERR_NO_SECKEY);
  if (err)
    *r_message = gpgrt_bsprintf ("this invite is for the key %s, whose secret"
                                 " you do not hold", invite->person);
  pgp_key_release (key);
  return err;
}


/* The invite brings the administrator's key, which says nothing of who
   that is.  The person's own keyring may know, and may know of a
   revocation that came later.  */
static gpg_error_t
look_up_by (pgp_t person, struct envelope *e, char **r_message)
{
  pgp_key_t key;
  gpg_error_t err;

  if (!*e->invite->by)
    return 0;
  err = pgp_key_find (person, e->invite->by, false, &key);
  if (!err && key->revoked)
    {
      err = gpg_error (GPG_ERR_CERT_REVOKED);
      *r_message = gpgrt_bsprintf ("the invite is signed by %s, which your"
                                   " keyring knows to be revoked; do not use"
                                   " it", e->invite->by);
    }
  else if (!err)
    {
      /* Short enough not to look like another line of what is shown.  */
      e->by = gpgrt_bsprintf ("%.48s", key->n_uids ? key->uid[0] : "no name");
      if (e->by)
        encode_drop_half (e->by);
    }
  else if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    {
      err = 0;
      e->by = gpgrt_bsprintf ("%s", "");
    }
  pgp_key_release (key);
  return err || e->by ? err : gpg_error_from_syserror ();
}


/* True for the text of an invite, be it of another version.  */
static bool
is_titled (const struct envelope *e)
{
  static const char title[] = "postern-invite: ";

  return e->textlen > sizeof title - 1
         && !memcmp (e->text, title, sizeof title - 1);
}


static gpg_error_t
open_envelope (pgp_t person, const void *message, size_t len,
               struct envelope *e, char **r_message)
{
  gpg_error_t err;
  const char *why = NULL;

  err = unwrap_invite (person, message, len, e, r_message);
  if (err)
    return err;
  err = invite_parse (e->text, e->textlen, &e->invite, &why);
  if (err)
    {
      *r_message = gpgrt_bsprintf (is_titled (e)
                                   ? "this invite is not of this version of"
                                   " Postern (%s); ask for a fresh one"
                                   : "this is not an invite: %s",
                                   why ? why : gpg_strerror (err));
      return err;
    }
  if ((e->signers == 2) != !!*e->invite->by)
    {
      *r_message = gpgrt_bsprintf ("this is not an invite: %s", e->signers == 2
                                   ? "two signatures, and no line 'by'"
                                   : "not signed by the person that it names");
      return gpg_error (GPG_ERR_BAD_DATA);
    }
  err = verify_invite (e, r_message);
  if (!err)
    err = check_person (person, e->invite, r_message);
  return err ? err : look_up_by (person, e, r_message);
}


gpg_error_t
envelope_open (const void *message, size_t len, invite_t *r_invite,
               char **r_by, char **r_message)
{
  struct envelope e;
  pgp_t person = NULL;
  gpg_error_t err;

  *r_invite = NULL;
  *r_by = NULL;
  *r_message = NULL;
  memset (&e, 0, sizeof e);
  e.blob = secret_alloc (BLOB_MAXLEN);
  e.text = secret_alloc (INVITE_MAXLEN);
  if (!e.blob || !e.text)
    err = gpg_error_from_syserror ();
  else
    err = patience_pgp (&person);
  if (!err)
    err = open_envelope (person, message, len, &e, r_message);
  pgp_release (person);
  secret_release (e.blob);
  secret_release (e.text);
  if (err)
    {
      invite_release (e.invite);
      gpgrt_free (e.by);
      if (!*r_message)
        *r_message = gpgrt_bsprintf ("%s", gpg_strerror (err));
    }
  else
    {
      *r_invite = e.invite;
      *r_by = e.by;
    }
  return err;
}
