/* openpgp-unwrap.h - Open what is encrypted to the server's key.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 4880, sections 5.1 and 5.13, RFC 6637 for ECDH, and packet 20 with OCB
 * (draft-koch-librepgp, section 5.16), as strict as doc/PROTOCOL.md.  The
 * secret key is never here: whoever holds it is asked.  */

#ifndef POSTERN_OPENPGP_UNWRAP_H
#define POSTERN_OPENPGP_UNWRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include "openpgp-key.h"

/* The most bytes of what is asked, an S-expression (RSA with 8192 bits), and
   of what is answered.  */
#define OPENPGP_MAX_ASKED 1400
#define OPENPGP_MAX_PLAIN 1100

/* What the key gave: for RSA the padded frame (UNPADDED: what was in it, as
   a card removes the padding itself), for ECDH the shared point.  */
struct openpgp_answer
{
  unsigned char value[OPENPGP_MAX_PLAIN];
  size_t len;
  bool unpadded;
};

/* Have the key GRIP decrypt the LEN bytes at CIPHER, a canonical S-expression
   "enc-val".  agent-link.h has the one that is used.  What it returns but
   GPG_ERR_DECRYPT_FAILED and GPG_ERR_NO_SECKEY ends openpgp_unwrap with the
   same error (GPG_ERR_CIPHER_ALGO with GPG_ERR_DECRYPT_FAILED).  The caller
   wipes *R_ANSWER.  */
typedef gpg_error_t (*openpgp_asks_t)
     (void *hook, const unsigned char grip[OPENPGP_GRIPLEN],
      const void *cipher, size_t len, struct openpgp_answer *r_answer);

/* Decrypt the LEN bytes at MSG, which framing_check_outer has passed, with
   the first session key in it that one of the N KEYS opens.  One for a hidden
   recipient is tried with each; one that names a key must be opened by it,
   and no later one is tried in its place.  The inside goes to BUF, *R_LEN of
   SIZE bytes, as it is: nothing of it is looked at.
     GPG_ERR_NO_SECKEY       it is for none of the keys
     GPG_ERR_WRONG_SECKEY    there are hidden recipients, and none of them is
                             one of the keys
     GPG_ERR_TOO_LARGE       more than SIZE bytes
     GPG_ERR_BAD_DATA        framing_check_outer refuses it
     GPG_ERR_DECRYPT_FAILED  it, or its integrity check, failed, or one of
                             its session keys is malformed, whoever it is for
   or what ASKS returned.  */
gpg_error_t openpgp_unwrap (const struct openpgp_key *keys, size_t n,
                            openpgp_asks_t asks, void *hook,
                            const void *msg, size_t len,
                            void *buf, size_t size, size_t *r_len);

#endif /*POSTERN_OPENPGP_UNWRAP_H*/
