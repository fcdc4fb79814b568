/* openpgp-local.h - What the files of openpgp share.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_OPENPGP_LOCAL_H
#define POSTERN_OPENPGP_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../../wire/framing-local.h"
#include "openpgp-key.h"
#include "openpgp-signature.h"
#include "openpgp-unwrap.h"

#define OPENPGP_MAX_DIGEST 64

/* The curve with this OID, or NULL.  */
const struct openpgp_curve *openpgp_curve_find (const unsigned char *oid,
                                                size_t len);

/* Read a multiprecision integer, as strictly as framing_integer.  */
bool openpgp_mpi_read (struct walk *w, struct openpgp_mpi *r_mpi);

/* True if MPI is less than N.  */
bool openpgp_mpi_less (const struct openpgp_mpi *mpi,
                       const struct openpgp_mpi *n);

/* True if MPI has the form of a point on CURVE.  */
bool openpgp_point_good (const struct openpgp_curve *curve,
                         const struct openpgp_mpi *mpi);

/* Check SIG by KEY on DIGEST, which is what a hash of LEN bytes made of all
   that SIG covers (openpgp-verify.c).  GPG_ERR_BAD_SIGNATURE.  */
gpg_error_t openpgp_digest_check (const struct openpgp_signature *sig,
                                  const struct openpgp_key *key,
                                  const unsigned char *digest, size_t len);

/* Hash the N parts, then SIG's own hashed part (5.2.4), and check SIG by KEY
   on that.  GPG_ERR_TIME_CONFLICT if KEY is newer than a SIG that fits.  */
struct openpgp_part
{
  const void *data;
  size_t len;
};
#define OPENPGP_MAX_PARTS 4
gpg_error_t openpgp_parts_check (const struct openpgp_signature *sig,
                                 const struct openpgp_key *key,
                                 const struct openpgp_part *parts, size_t n);

/* A session key packet (5.1) that is for one of the known algorithms.  */
struct openpgp_pkesk
{
  unsigned char keyid[OPENPGP_KEYIDLEN];        /* Zeros: hidden.  */
  unsigned char algo;
  struct openpgp_mpi mpi;       /* RSA: what is encrypted; ECDH: the sender's
                                   point.  */
  const unsigned char *wrapped; /* ECDH.  */
  size_t wrapped_len;
};

/* Read the body of one.  GPG_ERR_PUBKEY_ALGO for other algorithms,
   GPG_ERR_BAD_DATA for what is not well-formed, by any known algorithm.  */
gpg_error_t openpgp_pkesk_read (const unsigned char *body, size_t len,
                                struct openpgp_pkesk *r_pkesk);

/* A session key.  Wipe it.  */
struct openpgp_session
{
  unsigned char cipher;         /* 7 to 9: AES-128, 192, 256 (9.2).  */
  size_t len;
  unsigned char key[32];
};

/* Have ASKS decrypt PKESK by KEY.
     GPG_ERR_DECRYPT_FAILED  it is not for KEY
     GPG_ERR_CIPHER_ALGO     it is, and does not hold a session key of AES in
                             the one form that is accepted
     GPG_ERR_NO_SECKEY
   or what ASKS returned.  */
gpg_error_t openpgp_session_open (const struct openpgp_key *key,
                                  const struct openpgp_pkesk *pkesk,
                                  openpgp_asks_t asks, void *hook,
                                  struct openpgp_session *r_session);

/* The session key in what an unpadded frame holds: cipher, key, checksum
   (5.1).  GPG_ERR_DECRYPT_FAILED if the checksum is wrong,
   GPG_ERR_CIPHER_ALGO if it is not a key of AES.  */
gpg_error_t openpgp_session_read (const unsigned char *frame, size_t len,
                                  struct openpgp_session *r_session);

/* True if LEN bytes can be a session key wrapped for ECDH.  */
bool openpgp_wrapped_good (size_t len);

/* The same for ECDH: the value of the shared point is the LEN bytes at POINT
   (openpgp-ecdh.c).  */
gpg_error_t openpgp_session_unwrap (const struct openpgp_key *key,
                                    const struct openpgp_pkesk *pkesk,
                                    const unsigned char *point, size_t len,
                                    struct openpgp_session *r_session);

/* A packet of encrypted data, and END, where the message ends.  */
struct openpgp_data
{
  struct packet pkt;
  const unsigned char *end;
};

/* How many bytes are in it.  */
size_t openpgp_data_len (const struct openpgp_data *data);

/* Decrypt it into BUF, which takes openpgp_data_len bytes, and is wiped if
   that fails.  GPG_ERR_DECRYPT_FAILED.  */
gpg_error_t openpgp_data_open (const struct openpgp_data *data,
                               const struct openpgp_session *session,
                               unsigned char *buf);

#endif /*POSTERN_OPENPGP_LOCAL_H*/
