/* seal.h - The seal around each datagram, under a door key.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ChaCha20-Poly1305 (RFC 8439); layout: section "The datagram" of
 * doc/PROTOCOL.md.  */

#ifndef POSTERN_SEAL_H
#define POSTERN_SEAL_H

#include <stddef.h>
#include <gpg-error.h>

#define SEAL_KEYLEN 32
#define SEAL_NONCELEN 12
#define SEAL_TAGLEN 16
#define SEAL_OVERHEAD (SEAL_NONCELEN + SEAL_TAGLEN)
#define SEAL_BLOCK 64           /* Padding goes to a multiple of it.  */
#define SEAL_MAX4 1472          /* Longest datagram over IPv4.  */
#define SEAL_MAX6 1452          /* Over IPv6.  */
#define SEAL_MAX SEAL_MAX4
#define SEAL_PATH 1232          /* Every path carries it: 1280 bytes less the
                                   headers of IPv6 and UDP.  */
#define SEAL_MIN (SEAL_OVERHEAD + SEAL_BLOCK)

typedef struct seal_s *seal_t;  /* A door key, ready for use.  */

/* Prepare the 32 bytes at KEY.  GPG_ERR_ENOMEM.  */
gpg_error_t seal_new (const unsigned char key[SEAL_KEYLEN], seal_t *r_seal);
void seal_release (seal_t seal);

/* What a padded message holds; the pointers point into the caller's
   buffer.  */
struct seal_content
{
  const unsigned char *message;
  size_t message_len;
  const unsigned char *attachment;
  size_t attachment_len;
};

/* Seal CONTENT with a fresh nonce into DGRAM (LIMIT bytes at least),
   padded to the next multiple of SEAL_BLOCK or to LIMIT, and to no less
   than ATLEAST bytes of datagram (room for a long reply; 0 for none) as
   far as LIMIT allows.  LIMIT <= SEAL_MAX.  A LIMIT that is neither
   SEAL_MAX4 nor SEAL_MAX6 (a smaller MTU) is filled to the last byte only if
   the content reaches into its last, partial block: a receiver that does not
   know the MTU accepts no other odd length.  *R_LEN is the size of the
   datagram.  GPG_ERR_TOO_LARGE if the content does not fit; then *R_LEN is
   the size that it would need.  */
gpg_error_t seal_wrap (seal_t seal, const struct seal_content *content,
                       size_t atleast, size_t limit,
                       unsigned char *dgram, size_t *r_len);

/* The length to which an attachment of ATTACHMENT_LEN bytes should be padded
   itself: then seal_wrap has nothing left to pad, and the datagram is no
   longer than without.  0 if it does not fit.  */
size_t seal_room (size_t message_len, size_t attachment_len, size_t atleast,
                  size_t limit);

/* Open the LEN bytes at DGRAM into BUF (SEAL_MAX bytes) and split them.
   GPG_ERR_INV_LENGTH for an impossible LEN, GPG_ERR_CHECKSUM if the door
   key does not fit.  If the content is not exactly a padded message:
   GPG_ERR_TOO_SHORT if a length leads beyond the end, GPG_ERR_NO_DATA for an
   empty message, GPG_ERR_UNEXPECTED for a size that no padding makes,
   GPG_ERR_BAD_DATA for padding that is not zero.  Allocates nothing.  */
gpg_error_t seal_unwrap (seal_t seal, const void *dgram, size_t len,
                         unsigned char *buf, struct seal_content *r_content);

/* Derive the 32 bytes at OUT from the 32 bytes at KEY with HKDF-SHA256 (RFC
   5869) without salt.  INFO is a string of at most 64 bytes
   (GPG_ERR_INV_ARG): "postern 1 reply", "postern 1 attachment".  */
gpg_error_t seal_derive (const unsigned char key[32], const char *info,
                         unsigned char out[SEAL_KEYLEN]);

/* One box: nonce, ChaCha20-Poly1305 of TEXT, tag; no AAD.  BOX takes TEXTLEN
   + SEAL_OVERHEAD bytes; TEXT may lie in it.  For replies and
   attachments.  */
gpg_error_t seal_box (const unsigned char key[SEAL_KEYLEN],
                      const void *text, size_t textlen, unsigned char *box);

/* The reverse; TEXT takes BOXLEN - SEAL_OVERHEAD bytes.  GPG_ERR_CHECKSUM
   or GPG_ERR_INV_LENGTH.  */
gpg_error_t seal_unbox (const unsigned char key[SEAL_KEYLEN],
                        const void *box, size_t boxlen, void *text);

/* *R_TEXTLEN is how many of the LEN bytes at TEXT precede its padding, which
   must be zeros to the end, else GPG_ERR_BAD_DATA.  */
gpg_error_t seal_unpad (const void *text, size_t len, size_t *r_textlen);

#endif /*POSTERN_SEAL_H*/
