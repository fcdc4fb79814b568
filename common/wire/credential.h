/* credential.h - The attachment of a request: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Grammar: "Attachment" in doc/PROTOCOL.md.  Sealed with ChaCha20-Poly1305
 * (RFC 8439) under a key that HKDF-SHA256 (RFC 5869) derives from the
 * request's one-time key.  A credential is always in memory of secret_alloc;
 * a caller's pool needs CREDENTIAL_POOL bytes for each.  */

#ifndef POSTERN_CREDENTIAL_H
#define POSTERN_CREDENTIAL_H

#include <stddef.h>
#include <gpg-error.h>
#include "../base/encode.h"
#include "request.h"
#include "seal.h"

#define CREDENTIAL_MAX_PASSWORD 1024    /* Bytes.  */
#define CREDENTIAL_MAX_OTP 16           /* Digits.  */

/* The longest text, which has both lines.  */
#define CREDENTIAL_MAX_TEXT (sizeof "password: " \
                             + ENCODE_BASE64_LEN (CREDENTIAL_MAX_PASSWORD) \
                             + sizeof "otp: " + CREDENTIAL_MAX_OTP)
/* The longest sealed attachment that a datagram holds besides a message.  */
#define CREDENTIAL_MAXLEN (SEAL_MAX - SEAL_OVERHEAD - 5)
#define CREDENTIAL_POOL 16384

/* The info with which seal_derive makes the attachment's key.  */
#define CREDENTIAL_INFO "postern 1 attachment"

typedef struct credential_s *credential_t;

gpg_error_t credential_new (credential_t *r_credential);
void credential_release (credential_t credential);      /* Wipes.  */

/* Set the password, 1 to CREDENTIAL_MAX_PASSWORD bytes other than NUL, or the
   OTP, 1 to CREDENTIAL_MAX_OTP ASCII digits.  They are copied.
   GPG_ERR_NO_DATA for an empty one, GPG_ERR_TOO_LARGE, GPG_ERR_INV_VALUE for
   a byte that is not allowed.  */
gpg_error_t credential_set_password (credential_t credential,
                                     const void *password, size_t len);
gpg_error_t credential_set_otp (credential_t credential, const char *otp,
                                size_t len);

/* The password, *R_LEN bytes and a NUL, and the digits; NULL if CREDENTIAL
   has none.  They last as long as CREDENTIAL.  */
const char *credential_password (credential_t credential, size_t *r_len);
const char *credential_otp (credential_t credential);

/* The least size of the attachment of CREDENTIAL, in bytes.  */
size_t credential_size (credential_t credential);

/* Write CREDENTIAL and seal it for the request with the one-time key KEY
   into BOX: exactly SIZE bytes, which padding fills, so that the size does
   not tell the password's length.  GPG_ERR_INV_LENGTH if SIZE is
   less than credential_size or more than CREDENTIAL_MAXLEN,
   GPG_ERR_NO_DATA for an empty CREDENTIAL.  */
gpg_error_t credential_seal (credential_t credential,
                             const unsigned char key[REQUEST_KEYLEN],
                             size_t size, unsigned char *box);

/* Open the attachment of the request with the one-time key KEY.
   GPG_ERR_CHECKSUM if KEY does not open it, GPG_ERR_BAD_DATA if the content
   is not exactly a credential, GPG_ERR_INV_LENGTH if LEN is not possible,
   GPG_ERR_ENOMEM if the pool is used up.  */
gpg_error_t credential_open (const unsigned char key[REQUEST_KEYLEN],
                             const void *box, size_t len,
                             credential_t *r_credential);

/* The same with the derived key, for a caller that does not get the one-time
   key.  */
gpg_error_t credential_unseal (const unsigned char derived[SEAL_KEYLEN],
                               const void *box, size_t len,
                               credential_t *r_credential);

/* Reader and writer without the seal, for the tests and the fuzzer.  TEXT
   takes CREDENTIAL_MAX_TEXT bytes and a NUL; the length is returned.  */
gpg_error_t credential_parse (const void *text, size_t len,
                              credential_t *r_credential);
size_t credential_write (credential_t credential, char *text);

#endif /*POSTERN_CREDENTIAL_H*/
