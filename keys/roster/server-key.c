/* server-key.c - The server's key: a new one, or one that exists already.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The primary key must never reach the home of the agent, which decrypts what
 * strangers send.  And since nobody sits beside the server, the agent's subkey
 * can have neither a passphrase nor a card that asks for a PIN.  */

#include "server-key.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "../../common/pgp/openpgp/openpgp-key.h"
#include "../../server/role/role.h"
#include "../setup/folders.h"
#include "../text.h"

#define DEADLINE_MS 120000      /* To make a key.  */
#define TRIAL "Postern tries the server's key.\n"      /* Signed once.  */


/* The part to which clients will encrypt: gpg takes the newest.  */
static const struct pgp_part *
find_encrypting (const struct server_key *key)
{
  const struct pgp_part *found = NULL;
  size_t i;

  for (i = 0; i < key->n_parts; i++)
    if (key->parts[i].encrypts
        && (!found || key->parts[i].created > found->created))
      found = key->parts + i;
  return found;
}


/* The part with which gpg will sign: the newest subkey that can, else the
   primary key, which is the first part.  */
static const struct pgp_part *
find_signing (const struct server_key *key)
{
  const struct pgp_part *found = NULL, *part;
  size_t i;

  for (i = key->n_parts; i-- > 0;)
    {
      part = key->parts + i;
      if (part->signs && part->where != PGP_NOWHERE
          && (!found || (i && part->created > found->created)))
        found = part;
    }
  return found;
}


/* Why the agent cannot use ENCRYPTING, or must not have it; NULL if all is
   well.  To be freed.  */
static char *
subkey_objection (const struct pgp_part *encrypting, const char *add,
                  const char *fpr)
{
  if (encrypting->also_signs)
    return gpgrt_bsprintf ("its encryption subkey %s may also sign or"
                           " authenticate, and whoever takes over what"
                           " decrypts could sign with it; make one that only"
                           " encrypts with '%s %s cv25519 encr'",
                           encrypting->fpr, add, fpr);
  if (!encrypting->known)
    return gpgrt_bsprintf ("its encryption subkey %s is %s, which posternd"
                           " does not read; make another with '%s %s cv25519"
                           " encr'", encrypting->fpr, encrypting->algorithm,
                           add, fpr);
  switch (encrypting->where)
    {
    case PGP_NOWHERE:
      return gpgrt_bsprintf ("the secret of its encryption subkey %s is not"
                             " in this keyring", encrypting->fpr);
    case PGP_ON_CARD:
      return gpgrt_bsprintf ("its encryption subkey %s is on a card, and"
                             " the server has nobody near to enter the PIN;"
                             " make one for this host with '%s %s cv25519"
                             " encr'", encrypting->fpr, add, fpr);
    case PGP_WITH_PASSPHRASE:
      return gpgrt_bsprintf ("its encryption subkey %s has a passphrase, and"
                             " the server can ask nobody; remove it with"
                             " 'gpg-connect-agent \"PASSWD %s\" /bye'",
                             encrypting->fpr, encrypting->grip);
    default:
      return NULL;
    }
}


/* Why the key cannot be the server's; NULL if it can.  To be freed.  */
static char *
server_key_objection (const struct server_key *key)
{
  const struct pgp_part *encrypting = find_encrypting (key);
  const char *fpr = key->fpr, *add = "gpg --quick-add-key";
  size_t i;

  if (strcmp (key->parts[0].fpr, fpr))
    return gpgrt_bsprintf ("this is a subkey of %s; give the primary key",
                           key->parts[0].fpr);
  for (i = 0; i < key->n_parts; i++)
    if (key->parts[i].weak
        && (key->parts[i].signs || key->parts[i].encrypts))
      return gpgrt_bsprintf ("%s is weak: it is %s, and DSA and RSA under 2048"
                             " bits are not accepted", key->parts[i].fpr,
                             key->parts[i].algorithm);
  if (!find_signing (key))
    return gpgrt_bsprintf ("it cannot sign invites: no valid signing key"
                           " among its parts has its secret here or on a"
                           " card");
  if (!encrypting)
    return gpgrt_bsprintf ("it has no valid encryption subkey; make one with"
                           " '%s %s cv25519 encr'", add, fpr);
  if (encrypting == key->parts)
    return gpgrt_bsprintf ("its primary key itself encrypts, but gpg-agent"
                           " gets only a subkey; make one with '%s %s cv25519"
                           " encr'", add, fpr);
  return subkey_objection (encrypting, add, fpr);
}


static char *
explain_server_key (const char *fpr, gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_UNKNOWN_VERSION
    ? gpgrt_bsprintf ("--key %s: it is, or has, %s", fpr,
                      text_key_version (0))
    : gpg_err_code (err) == GPG_ERR_NO_SECKEY
    ? gpgrt_bsprintf ("--key %s: your GnuPG home has no secret key with this"
                      " fingerprint; see 'gpg -K'", fpr)
    : gpgrt_bsprintf ("--key %s: %s", fpr, gpg_strerror (err));
}


gpg_error_t
server_key_look (const char *fpr, struct server_key *r_key,
                 char **r_message)
{
  gpg_error_t err;
  const struct pgp_part *signing;
  char *why = NULL;
  pgp_t own = NULL;

  memset (r_key, 0, sizeof *r_key);
  *r_message = NULL;
  gpgrt_snprintf (r_key->fpr, sizeof r_key->fpr, "%s", fpr);
  err = text_is_late_fpr (fpr) ? gpg_error (GPG_ERR_UNKNOWN_VERSION)
    : pgp_new (PGP_PERSON, NULL, 0, &own);
  if (!err)
    err = pgp_secret_parts (own, fpr, &r_key->parts, &r_key->n_parts);
  pgp_release (own);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    err = gpg_error (GPG_ERR_NO_SECKEY);
  if (err)
    {
      *r_message = explain_server_key (fpr, err);
      return gpg_err_code (err) == GPG_ERR_UNKNOWN_VERSION
        ? gpg_error (GPG_ERR_UNUSABLE_SECKEY) : err;
    }
  why = server_key_objection (r_key);
  if (why)
    {
      *r_message = gpgrt_bsprintf ("--key %s: %s", fpr, why);
      gpgrt_free (why);
      return gpg_error (GPG_ERR_UNUSABLE_SECKEY);
    }
  signing = find_signing (r_key);
  r_key->asks = signing->where != PGP_ON_DISK;
  memcpy (r_key->encrypt_fpr, find_encrypting (r_key)->fpr,
          sizeof r_key->encrypt_fpr);
  return 0;
}


static gpg_error_t
open_server_homes (const char *root, const char *agent, pgp_t *r_root,
                   pgp_t *r_agent)
{
  gpg_error_t err;

  *r_root = NULL;
  *r_agent = NULL;
  err = pgp_home_write (root);
  if (!err)
    err = pgp_home_write (agent);
  if (!err)
    err = pgp_new (PGP_SERVER, root, DEADLINE_MS, r_root);
  if (!err)
    err = pgp_new (PGP_SERVER, agent, DEADLINE_MS, r_agent);
  return err;
}


/* Sign as for an invite, if that needs nobody: what cannot work is to fail now
   and not with the first person.  */
static gpg_error_t
try_signing (const struct server_key *key, const char *root)
{
  gpg_error_t err;
  unsigned char *blob = NULL;
  size_t len;
  pgp_t pgp;

  if (key->asks)
    return 0;
  err = pgp_new (PGP_PERSON, root, 0, &pgp);
  if (!err)
    err = pgp_sign (pgp, key->fpr, TRIAL, strlen (TRIAL), &blob, &len);
  pgp_release (pgp);
  free (blob);
  folders_end_agent (root);
  return err;
}


/* Note the public half of the subkey that the agent gets, if unseal can read
   it: parameters that gpg does not tell may be odd.  */
static gpg_error_t
note_packet (struct server_key *key, pgp_t root)
{
  struct openpgp_key read;
  unsigned char *body;
  size_t len;
  gpg_error_t err = pgp_subkey_packet (root, key->fpr, key->encrypt_fpr,
                                       &body, &len);

  if (!err)
    err = openpgp_key_read (body, len, &read);
  if (!err)
    err = encode_base64 (body, len, &key->encrypt_packet);
  free (body);
  return err;
}


/* Give gpg-agent its subkey, unless ERR is set already, and release both
   homes, which ends their agents: only then may the files change owner.  */
static gpg_error_t
hand_subkey_to_agent (struct server_key *key, gpg_error_t err, pgp_t root,
                       pgp_t agent, const char *agent_home)
{
  if (!err)
    err = note_packet (key, root);
  if (!err)
    err = pgp_subkey_copy (root, key->encrypt_fpr, agent);
  pgp_release (root);
  pgp_release (agent);
  return err ? err : folders_give (agent_home, ROLE_USER_AGENT);
}


gpg_error_t
server_key_take (struct server_key *key, const char *root,
                 const char *agent)
{
  gpg_error_t err;
  pgp_t own = NULL, to = NULL, to_agent = NULL;

  err = open_server_homes (root, agent, &to, &to_agent);
  if (!err)
    err = pgp_new (PGP_PERSON, NULL, 0, &own);
  if (!err)
    err = pgp_secret_copy (own, key->fpr, key->parts, key->n_parts, to);
  pgp_release (own);
  err = hand_subkey_to_agent (key, err, to, to_agent, agent);
  return err ? err : try_signing (key, root);
}


gpg_error_t
server_key_make (const char *host, const char *root, const char *agent,
                 struct server_key *r_key)
{
  gpg_error_t err;
  pgp_t to = NULL, to_agent = NULL;
  pgp_key_t key = NULL;
  char *uid = gpgrt_bsprintf ("Postern server %s", host);

  memset (r_key, 0, sizeof *r_key);
  if (!uid)
    return gpg_error_from_syserror ();
  err = open_server_homes (root, agent, &to, &to_agent);
  if (!err)
    err = pgp_key_generate (to, uid, r_key->fpr);
  if (!err)
    err = pgp_key_find (to, r_key->fpr, true, &key);
  if (!err)
    memcpy (r_key->encrypt_fpr, key->encrypt_fpr,
            sizeof r_key->encrypt_fpr);
  pgp_key_release (key);
  gpgrt_free (uid);
  return hand_subkey_to_agent (r_key, err, to, to_agent, agent);
}
