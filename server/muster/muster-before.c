/* muster-before.c - Use again what the muster before has judged.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg checks the back signature of a subkey anew each time, which for
 * thousands of people takes seconds.  What it says of a key follows from the
 * key's packets, from the trust database (which says what is disabled), from
 * its options and its version, and from the time: so as long as these are the
 * same it need not be asked again.  A revocation may also follow from another
 * key, that of a designated revoker: such a key is always asked about.  */

#include "muster.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "../../common/wire/framing.h"

#define TAG_SIGNATURE 2
#define KEY_REVOCATION 0x20
#define SUBKEY_REVOCATION 0x28

#define MAX_FILE (64u << 20)
#define TRUST_HEADER 40         /* Of trustdb.gpg: when it was last checked. */

_Static_assert (SNAPSHOT_DIGESTLEN == 32, "SHA-256");


/* Hash the file NAME of HOME from byte SKIP on, and its length.  */
static gpg_error_t
hash_file (gcry_md_hd_t md, const char *home, const char *name, size_t skip)
{
  char *path = gpgrt_bsprintf ("%s/%s", home, name);
  unsigned char *data = NULL;
  size_t len = 0;
  gpg_error_t err;

  if (!path)
    return gpg_error_from_syserror ();
  err = file_read_plain (path, MAX_FILE, &data, &len);
  gpgrt_free (path);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    err = 0;
  if (err)
    return err;
  gcry_md_write (md, &len, sizeof len);
  if (len > skip)
    gcry_md_write (md, data + skip, len - skip);
  free (data);
  return 0;
}


/* What a judgement rests on besides the packets of a key.  */
static gpg_error_t
hash_basis (const char *home, unsigned char trust[SNAPSHOT_DIGESTLEN])
{
  gpg_error_t err;
  gcry_md_hd_t md;
  struct stat st;

  if (stat (POSTERN_GPG, &st))
    return gpg_error_from_syserror ();
  err = gcry_md_open (&md, GCRY_MD_SHA256, 0);
  if (err)
    return err;
  gcry_md_write (md, &st.st_ino, sizeof st.st_ino);
  gcry_md_write (md, &st.st_size, sizeof st.st_size);
  gcry_md_write (md, &st.st_ctim.tv_sec, sizeof st.st_ctim.tv_sec);
  err = hash_file (md, home, "gpg.conf", 0);
  if (!err)
    err = hash_file (md, home, "trustdb.gpg", TRUST_HEADER);
  if (!err)
    memcpy (trust, gcry_md_read (md, 0), SNAPSHOT_DIGESTLEN);
  gcry_md_close (md);
  return err;
}


/* True if gpg's word on KEY may rest on something that its packets do not
   say.  */
static bool
may_be_revoked (const struct muster_key *key)
{
  const unsigned char *body;
  struct framing_times times;
  unsigned int tag;
  size_t at = 0, len;

  while (framing_next_packet (key->data, key->len, &at, &tag, &body, &len))
    if (tag == TAG_SIGNATURE
        && (!framing_signature_times (body, len, &times)
            || times.class == KEY_REVOCATION
            || times.class == SUBKEY_REVOCATION))
      return true;
  return at != key->len;
}


static void
hash_keys (struct keyring *keyring)
{
  struct muster_key *key;
  size_t i;

  for (i = 0; i < keyring->n; i++)
    {
      key = keyring->key + i;
      if (key->pending && !may_be_revoked (key))
        gcry_md_hash_buffer (GCRY_MD_SHA256, key->digest, key->data,
                             key->len);
    }
}


/* As if gpg had said what PART says.  False if it is not a key.  */
static bool
restore_part (struct pgp_judged_part *to, const struct snapshot_part *part)
{
  struct openpgp_key key;

  if (openpgp_key_read (part->body, part->body_len, &key))
    return false;
  openpgp_fpr_print (key.fpr, to->fpr);
  to->expires = part->expires;
  to->revoked = part->state == SNAPSHOT_REVOKED;
  to->expired = part->state == SNAPSHOT_EXPIRED;
  to->disabled = part->state == SNAPSHOT_DISABLED;
  to->invalid = part->state == SNAPSHOT_WEAK;
  to->can_sign = part->state != SNAPSHOT_USAGE;
  return true;
}


/* Settle the key of KEYRING that is the same as the N parts with DIGEST.  */
static bool
reuse_key (struct keyring *keyring, const struct snapshot_part *part,
           size_t n, const unsigned char *digest)
{
  static const unsigned char none[SNAPSHOT_DIGESTLEN];
  struct pgp_judged_part *parts = calloc (n, sizeof *parts);
  struct muster_key *key = NULL;
  size_t i;

  for (i = 0; parts && i < n; i++)
    if (!restore_part (parts + i, part + i))
      break;
  if (parts && i == n)
    key = keyring_find (keyring, parts->fpr);
  if (!key || !key->pending || !memcmp (digest, none, sizeof none)
      || memcmp (digest, key->digest, sizeof none))
    {
      free (parts);
      return false;
    }
  key->judged.part = parts;
  key->judged.n = n;
  key->reused = true;
  key->pending = false;
  return true;
}


static void
reuse_keys (struct keyring *keyring, snapshot_before_t before)
{
  struct snapshot_part part[SNAPSHOT_MAX_PARTS];
  const unsigned char *digest;
  size_t at = 0, n, reused = 0;

  while (snapshot_before_next (before, &at, part, &n, &digest))
    reused += reuse_key (keyring, part, n, digest);
  log_debug ("%zu keys are as they were", reused);
}


void
muster_reuse (const char *home, int fd, uint64_t now,
              struct keyring *keyring, struct snapshot_basis *r_basis)
{
  struct snapshot_basis basis;
  snapshot_before_t before;

  memset (r_basis, 0, sizeof *r_basis);
  if (hash_basis (home, r_basis->trust))
    return;
  r_basis->judged = now;
  hash_keys (keyring);
  if (fd < 0 || snapshot_before_open (fd, &before, &basis))
    return;
  if (basis.judged && basis.judged <= now
      && (!basis.next || basis.next > now)
      && !memcmp (basis.trust, r_basis->trust, sizeof basis.trust))
    reuse_keys (keyring, before);
  snapshot_before_close (before);
}
