/* openpgp-signature.h - Read and check signatures of OpenPGP.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 4880, section 5.2, version 4 only, as strict as doc/PROTOCOL.md.  Nothing
 * here is allocated for what an outsider sent: what is read points into the
 * packet, which the caller keeps.  */

#ifndef POSTERN_OPENPGP_SIGNATURE_H
#define POSTERN_OPENPGP_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "openpgp-key.h"

#define OPENPGP_MAX_SIGNED 1400 /* Bytes of a signed message ...  */
#define OPENPGP_MAX_LITERAL 1200        /* ... and of the text in it.  */

/* RFC 4880, section 5.2.1.  */
enum openpgp_class
  {
    OPENPGP_CLASS_BINARY = 0x00,
    OPENPGP_CLASS_BINDING = 0x18,
    OPENPGP_CLASS_BACK = 0x19   /* By the subkey, on the primary key.  */
  };

struct openpgp_signature
{
  unsigned char class;
  enum openpgp_algo algo;
  unsigned char hash;           /* RFC 4880, section 9.4.  */
  const unsigned char *hashed;  /* The packet up to the end of the hashed
                                   subpackets.  */
  size_t hashed_len;
  bool has_issuer;              /* Always, on a message.  */
  unsigned char issuer[OPENPGP_FPRLEN];
  unsigned char keyid[OPENPGP_KEYIDLEN];        /* The issuer's.  */
  uint32_t created;             /* Unix seconds.  */
  uint32_t lifetime;            /* Of the signature, in seconds; 0: no end. */
  uint32_t key_lifetime;        /* Of a bound key; 0: no end.  */
  unsigned char key_flags;      /* Of a bound key: 2 is "may sign".  */
  bool has_key_flags;
  const unsigned char *back;    /* Of a binding: the signature embedded in
                                   it, or NULL.  */
  size_t back_len;
  unsigned char check[2];       /* The first bytes of the digest.  */
  struct openpgp_mpi mpi[2];
  unsigned int n_mpis;
};

/* Read the body of a signature packet of CLASS, LEN bytes: subpackets 2, 3, 16
   and 33 at most once, and of a binding 9, 27 and 32 as well; no unknown
   critical one, and no known one that is too short or too long; on a message
   no preferred key server; an end that 32 bits can hold; exactly the
   algorithm's integers, and nothing after them.
   The issuer's fingerprint must be in the hashed area of one on a message;
   elsewhere its key ID alone, in either area, will do.
     GPG_ERR_DIGEST_ALGO      another digest than SHA-256, 384 or 512
     GPG_ERR_PUBKEY_ALGO
     GPG_ERR_UNKNOWN_VERSION
     GPG_ERR_BAD_DATA         anything else that is not so  */
gpg_error_t openpgp_signature_read (const void *body, size_t len,
                                    enum openpgp_class class,
                                    struct openpgp_signature *r_sig);

/* A message that framing_check_inner has passed, with one signer: its text,
   of at most OPENPGP_MAX_LITERAL bytes, goes to TEXT, and its signature to
   R_SIG, which points into BLOB.  Nothing is verified.  GPG_ERR_TOO_LARGE, or
   the errors of openpgp_signature_read.  */
gpg_error_t openpgp_signed_read (const void *blob, size_t len,
                                 unsigned char text[OPENPGP_MAX_LITERAL],
                                 size_t *r_text_len,
                                 struct openpgp_signature *r_sig);

/* Check SIG, of class binary, on the LEN bytes at TEXT by KEY, whose
   fingerprint must be the issuer's.  Whether the key may sign, and whether
   SIG has ended, are not for this function.
     GPG_ERR_BAD_SIGNATURE
     GPG_ERR_TIME_CONFLICT    it fits, but KEY was made after it (gpg refuses
                              that, unless told to ignore it)
   or an error of libgcrypt.  */
gpg_error_t openpgp_signature_check (const struct openpgp_signature *sig,
                                     const struct openpgp_key *key,
                                     const void *text, size_t len);

/* Check that PRIMARY binds SUBKEY for signing with the signature packet
   whose body is the LEN bytes at BODY: by a good digest, with the flag "may
   sign", and with a back signature by SUBKEY that is as good.  *R_EXPIRES is
   when SUBKEY or one of the two signatures ends (Unix seconds; 0: never).
     GPG_ERR_BAD_DATA         32 bits cannot hold when SUBKEY ends
     GPG_ERR_BAD_SIGNATURE
     GPG_ERR_WRONG_KEY_USAGE  without that flag or that back signature
     GPG_ERR_TIME_CONFLICT    all fits, but a key was made after it was bound
   or those of openpgp_signature_read.  */
gpg_error_t openpgp_binding_check (const void *body, size_t len,
                                   const struct openpgp_key *primary,
                                   const struct openpgp_key *subkey,
                                   uint64_t *r_expires);

#endif /*POSTERN_OPENPGP_SIGNATURE_H*/
