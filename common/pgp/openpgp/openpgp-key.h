/* openpgp-key.h - A public key of OpenPGP, out of its packet.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 4880, section 5.5.2, and RFC 6637, section 9: version 4 only.  Nothing
 * here is allocated: what a key points to is in its packet, which the caller
 * keeps.  */

#ifndef POSTERN_OPENPGP_KEY_H
#define POSTERN_OPENPGP_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gcrypt.h>
#include <gpg-error.h>

#define OPENPGP_FPRLEN 20
#define OPENPGP_KEYIDLEN 8
#define OPENPGP_GRIPLEN 20
#define OPENPGP_MAX_KEY 1100    /* Bytes of a packet: RSA with 8192 bits.  */

/* Numbers of RFC 4880, section 9.1, and RFC 6637.  */
enum openpgp_algo
  {
    OPENPGP_RSA = 1,
    OPENPGP_ECDH = 18,
    OPENPGP_ECDSA = 19,
    OPENPGP_EDDSA = 22
  };

/* A multiprecision integer (RFC 4880, section 3.2): its octets, and how many
   bits the packet says that it has.  */
struct openpgp_mpi
{
  const unsigned char *data;
  size_t len;
  unsigned int bits;
};

struct openpgp_curve
{
  const char *name;             /* libgcrypt's.  */
  const unsigned char *oid;     /* As in the packet, without its length.  */
  size_t oid_len;
  unsigned int bits;
  bool montgomery;              /* Curve25519: ECDH only.  */
  bool edwards;                 /* Ed25519: EdDSA only.  */
};

struct openpgp_key
{
  const unsigned char *body;    /* The packet.  */
  size_t body_len;
  unsigned char fpr[OPENPGP_FPRLEN];    /* RFC 4880, section 12.2.  */
  uint32_t created;             /* Unix seconds.  */
  enum openpgp_algo algo;
  struct openpgp_mpi n, e;      /* RSA.  */
  const struct openpgp_curve *curve;    /* The others ...  */
  struct openpgp_mpi q;         /* ... and their point.  */
  unsigned char kdf_hash, kdf_cipher;   /* ECDH.  */
};

/* Read the body of a public key packet or subkey packet, LEN bytes, which
   must be exactly one key.
     GPG_ERR_UNKNOWN_VERSION  of another version than 4
     GPG_ERR_PUBKEY_ALGO      an algorithm that is not in enum openpgp_algo
     GPG_ERR_UNKNOWN_CURVE
     GPG_ERR_BAD_PUBKEY       anything else that is not as the RFCs say, RSA
                              under 2048 or over 8192 bits, and a KDF other
                              than SHA-256 to 512 with AES  */
gpg_error_t openpgp_key_read (const void *body, size_t len,
                              struct openpgp_key *r_key);

/* What libgcrypt calls the key, to be released with gcry_sexp_release.  */
gpg_error_t openpgp_key_sexp (const struct openpgp_key *key,
                              gcry_sexp_t *r_sexp);

/* The agent's name for the key (its keygrip).  */
gpg_error_t openpgp_key_grip (const struct openpgp_key *key,
                              unsigned char grip[OPENPGP_GRIPLEN]);

/* FPR in upper-case hex, as the roster has it.  */
void openpgp_fpr_print (const unsigned char fpr[OPENPGP_FPRLEN],
                        char text[2 * OPENPGP_FPRLEN + 1]);

/* And back; GPG_ERR_INV_VALUE.  */
gpg_error_t openpgp_fpr_parse (const char *text,
                               unsigned char fpr[OPENPGP_FPRLEN]);

#endif /*POSTERN_OPENPGP_KEY_H*/
