/* framing-local.h - What the files of framing and of common/pgp/openpgp share.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#ifndef POSTERN_FRAMING_LOCAL_H
#define POSTERN_FRAMING_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include "framing.h"
#include "framing-signature.h"

enum tag
  {
    TAG_PKESK = 1,
    TAG_SIGNATURE = 2,
    TAG_SKESK = 3,
    TAG_ONEPASS = 4,
    TAG_SECRET_KEY = 5,
    TAG_PUBLIC_KEY = 6,
    TAG_SECRET_SUBKEY = 7,
    TAG_COMPRESSED = 8,
    TAG_ENCRYPTED = 9,
    TAG_MARKER = 10,
    TAG_LITERAL = 11,
    TAG_PUBLIC_SUBKEY = 14,
    TAG_MDC_DATA = 18,
    TAG_AEAD = 20
  };

/* What is still to be read.  */
struct walk
{
  const unsigned char *p;
  size_t left;
  enum framing_flaw flaw;
};

/* A packet's body.  If it has partial lengths, FIRST is its first chunk,
   which is at least 512 bytes and holds everything that is examined; LEN is
   the sum of the chunks.  */
struct packet
{
  unsigned int tag;
  const unsigned char *first;
  size_t firstlen;
  size_t len;
};

/* Note in W why the message is refused; always false.  */
bool framing_refuse (struct walk *w, enum framing_flaw flaw);

/* The result of a walk: 0 if GOOD, else GPG_ERR_BAD_DATA with its flaw in
   *R_FLAW (R_FLAW may be NULL).  */
gpg_error_t framing_verdict (bool good, struct walk *w,
                             enum framing_flaw *r_flaw);

/* Start a walk at DATA, which must be binary.  */
bool framing_begin (struct walk *w, const void *data, size_t len);

/* The next packet of it; false with W->flaw if there is none.  */
bool framing_next (struct walk *w, struct packet *pkt);

/* Read a big-endian number of N bytes, or N bytes as they are (R_BODY may
   be NULL); false with W->flaw if fewer are left.  */
bool framing_number (struct walk *w, size_t n, size_t *r_value);
bool framing_body (struct walk *w, size_t n, const unsigned char **r_body);

/* Step over a signature's area of subpackets (5.2.3), which *R_AREA then
   walks.  False with W->flaw if it is cut off.  */
bool framing_area (struct walk *w, struct walk *r_area);

/* Read a length in the new format (4.2.2): the first byte at W and what
   follows it.  False with W->flaw if it is cut off.  */
bool framing_new_length (struct walk *w, size_t *r_len, bool *r_partial);

/* The next subpacket of AREA (5.2.3.1): its type, with the critical bit,
   and what follows, *R_LEN bytes in all.  False if it is broken.  */
bool framing_subpacket (struct walk *area, const unsigned char **r_body,
                        size_t *r_len);

/* Read a multiprecision integer (3.2), which must have exactly the bits that
   it says, and be no zero.  */
bool framing_integer (struct walk *w, struct framing_integer *r_int);

#endif /*POSTERN_FRAMING_LOCAL_H*/
