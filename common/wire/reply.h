/* reply.h - The reply: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Grammar: section "The reply" of doc/PROTOCOL.md.  Sealed with
 * ChaCha20-Poly1305 (RFC 8439) under a key that HKDF-SHA256 (RFC 5869)
 * derives from the request's one-time key.  */

#ifndef POSTERN_REPLY_H
#define POSTERN_REPLY_H

#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../base/netspec.h"
#include "request.h"

#define REPLY_MAXLEN 1472       /* Of the datagram.  */

/* Reasons that the client recognises and has advice for.  */
#define REPLY_CREDENTIAL_ASKED "a password is asked for"
#define REPLY_CREDENTIAL_REFUSED "the credential was refused"
#define REPLY_CREDENTIAL_SURPLUS "a credential that nothing asks for"
#define REPLY_NO_COMMAND "no such command is for you"

enum reply_result
  {
    REPLY_DONE = 1,
    REPLY_PENDING,
    REPLY_RUNNING,
    REPLY_REFUSED
  };

struct reply_s
{
  enum reply_result result;
  char *reason;                 /* NULL: none.  Decoded, clean text.  */
  struct net_addr address;      /* As the server saw it.  */
  uint16_t port;                /* 0: not given.  */
  uint64_t until;               /* 0: not given.  */
  int has_exit;
  unsigned int exit_code;       /* 0 to 255.  */
  unsigned int signal;          /* It was ended by; 0: not given.  */
  uint64_t msecs;               /* How long it ran; 0: not given.  */
  char *argv;                   /* What ran, as command_print gives it.  */
  uint64_t total;               /* Bytes of output that can be fetched.  */
  char *output;                 /* NULL: none.  Decoded.  */
  size_t output_len;
};
typedef struct reply_s *reply_t;

gpg_error_t reply_new (reply_t *r_reply);
void reply_release (reply_t reply);

/* The name of RESULT as in the text, a constant; NULL if it has none.  */
const char *reply_result_name (enum reply_result result);

/* Write and seal REPLY for the request with the one-time key KEY into
   DGRAM, *R_LEN bytes, at most LIMIT and REPLY_MAXLEN: the output is cut to
   fit, then argv is left out, then the reason is cut.  GPG_ERR_TOO_SHORT if
   even the rest does not fit.  */
gpg_error_t reply_seal (reply_t reply,
                        const unsigned char key[REQUEST_KEYLEN],
                        size_t limit, unsigned char *dgram, size_t *r_len);

/* Open and parse a datagram.  GPG_ERR_CHECKSUM if KEY does not open it (it
   came from somebody else: keep waiting), GPG_ERR_BAD_DATA if the content is
   not exactly a reply: its lines, then zero bytes to the end.  (No length is
   sent, because the text has no NUL.)  */
gpg_error_t reply_open (const unsigned char key[REQUEST_KEYLEN],
                        const void *dgram, size_t len, reply_t *r_reply);

/* Writer and reader without the seal, for the tests and the fuzzer.  *R_TEXT
   is to be freed.  GPG_ERR_INV_VALUE for a REPLY that reply_parse would
   refuse, GPG_ERR_TOO_LARGE for one that does not fit.  */
gpg_error_t reply_write (reply_t reply, char **r_text, size_t *r_len);
gpg_error_t reply_parse (const void *text, size_t len, reply_t *r_reply);

#endif /*POSTERN_REPLY_H*/
