/* framing.h - The packet framing of an OpenPGP message: lengths and tags.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenPGP allows far more than the protocol does (compressed, nested,
 * armoured, with a passphrase besides the public key), and GnuPG reports
 * success for all of that.  So the framing (RFC 4880, section 4) is checked
 * before openpgp/, or GnuPG, gets a message.  These functions do no
 * cryptography, allocate nothing, and never read a byte outside DATA..DATA+LEN.
 * Pointers that they return point into DATA.  */

#ifndef POSTERN_FRAMING_H
#define POSTERN_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>

#define FRAMING_MAX_KEYS 16
#define FRAMING_KEYIDLEN 8

/* Why a message is refused.  Each cause has its own number and text.  */
enum framing_flaw
  {
    FRAMING_GOOD,
    /* Outside or inside.  */
    FRAMING_EMPTY,
    FRAMING_ARMOUR,
    FRAMING_NO_OPENPGP,
    FRAMING_CUT_HEADER,         /* The end is within a header ...  */
    FRAMING_CUT_PACKET,         /* ... within a body ...  */
    FRAMING_ENDS,               /* ... where one more packet is due.  */
    FRAMING_NO_PACKET,
    FRAMING_INDETERMINATE,
    FRAMING_PARTIAL_TAG,        /* Partial lengths of other than data.  */
    FRAMING_PARTIAL_SHORT,
    FRAMING_COMPRESSED,
    FRAMING_MARKER,
    FRAMING_OTHER,              /* A packet that is not allowed there.  */
    FRAMING_TRAILING,           /* Something after the last packet.  */
    /* Outside.  */
    FRAMING_PASSPHRASE,
    FRAMING_NO_MDC,
    FRAMING_SIGNED_ONLY,
    FRAMING_PLAIN,
    FRAMING_NO_KEY,
    FRAMING_MANY_KEYS,
    FRAMING_KEY_SHORT,
    FRAMING_KEY_VERSION,
    FRAMING_DATA_SHORT,
    FRAMING_DATA_VERSION,
    FRAMING_CIPHER,
    FRAMING_AEAD_MODE,
    FRAMING_CHUNK_SIZE,
    FRAMING_CHUNK_CUT,
    /* Inside.  */
    FRAMING_NESTED_ENCRYPTION,
    FRAMING_NESTED_SIGNATURE,
    FRAMING_NOT_SIGNED,
    FRAMING_FEW_SIGNERS,
    FRAMING_MANY_SIGNERS,
    FRAMING_SIGNATURE_FIRST,
    FRAMING_ONEPASS,
    FRAMING_TEXT_MODE,
    FRAMING_CLASS,
    FRAMING_DIGEST,
    FRAMING_LITERAL_SHORT,
    FRAMING_LITERAL_MODE,
    FRAMING_TEXT_LONG,
    FRAMING_SECOND_TEXT,
    FRAMING_SIGNATURE_VERSION,
    FRAMING_SIGNATURE_SHORT,
    FRAMING_ALGORITHMS,
    FRAMING_SUBPACKETS,
    FRAMING_ISSUER,
    FRAMING_NO_ISSUER,
    FRAMING_NUMBER,
    FRAMING_LONG,               /* All of it, not the text alone.  */
    FRAMING_ALGORITHM,
    FRAMING_CRITICAL,
    FRAMING_REPEATED,
    FRAMING_UNHASHED_ISSUER,
    FRAMING_NO_TIME,
    FRAMING_INTEGERS,           /* Too few, or something after them.  */
    FRAMING_KEY_SERVER,
    FRAMING_LIFETIME,
    FRAMING_FLAWS               /* How many there are.  */
  };

/* A constant text for the audit; NULL if FLAW is not the number of one.  */
const char *framing_text (unsigned int flaw);

/* The outside: 1 to 16 version 3 public-key encrypted session key packets,
   then one integrity-protected data packet (version 1: tag 18 with MDC, or
   tag 20 with AES, OCB and chunks of at most 4 MiB) of definite length or
   partial lengths, and nothing else.  If DATA is not so, GPG_ERR_BAD_DATA,
   with the flaw in *R_FLAW (R_FLAW may be NULL).  */
gpg_error_t framing_check_outer (const void *data, size_t len,
                                 enum framing_flaw *r_flaw);

/* The inside: SIGNERS (1 or 2) one-pass signature packets, one literal
   packet in mode 'b' of at most MAXLITERAL bytes of text, SIGNERS
   signature packets (version 4) of class 0x00 that match them and are as
   framing-signature.h says, and nothing else; at most MAXLEN bytes in all.
   Errors as above.  */
gpg_error_t framing_check_inner (const void *data, size_t len,
                                 size_t maxlen, size_t maxliteral,
                                 unsigned int signers,
                                 enum framing_flaw *r_flaw);

/* How many one-pass signature packets DATA begins with, which is how many
   signers the inside of a message announces.  */
unsigned int framing_count_signers (const void *data, size_t len);

/* True for a digest that a signature may use: SHA-256, 384 or 512, by its
   number (RFC 4880, section 9.4).  */
bool framing_good_hash (unsigned int hash);

/* Join two insides, each signed by one signer, into one that is signed by
   both: A's announcement comes first, and so its signature last.  Both must
   pass framing_check_inner (else GPG_ERR_BAD_DATA) and hold the same text;
   if they do not, one of the signatures will not fit.  OUT takes ALEN + BLEN
   bytes.  */
gpg_error_t framing_join (const void *a, size_t alen, const void *b,
                          size_t blen, void *out, size_t *r_len);

/* Copy the text of the literal packet of an inside that
   framing_check_inner has passed into BUF.  The text is not verified: it may
   only be used to find the key that verifies it.  GPG_ERR_TOO_LARGE if it
   has more than SIZE bytes, GPG_ERR_BAD_DATA if there is none.  */
gpg_error_t framing_literal (const void *data, size_t len,
                             void *buf, size_t size, size_t *r_len);

/* How the signatures on a public key were made.  */
struct framing_key
{
  bool old_binding;             /* One certifies or binds, by SHA-1 or an
                                   older digest.  */
  bool old_revocation;          /* One by such a digest revokes the key, or
                                   a subkey that a better digest binds.  */
};

/* Examine the packets of one transferable public key (RFC 4880, section
   11.1), binary and without secret parts.  GPG_ERR_BAD_DATA if DATA is not
   one.  */
gpg_error_t framing_look_key (const void *data, size_t len,
                              struct framing_key *r_key);

/* Check that DATA is one public key of version 4, binary, with known
   algorithms, in the order of RFC 4880, section 11.1, and that each packet
   ends where its own numbers say.  Else GPG_ERR_BAD_DATA.  */
gpg_error_t framing_check_public (const void *data, size_t len);

/* Remove from the public keys in DATA, in place, the signatures that certify
   or bind a part of a key by SHA-1 or an older digest, and those that bind a
   subkey whose own signature is by such a digest.  Revocations stay, whatever
   their digest.  *R_LEN is how many bytes are left.  GPG_ERR_BAD_DATA if DATA
   does not consist of packets.  */
gpg_error_t framing_drop_weak (void *data, size_t len, size_t *r_len);

/* True if the key in DATA or one of its user IDs has a signature by a good
   digest that names KEYID as its issuer.  Whether the signature fits, only
   GnuPG can tell.  */
bool framing_self_signed (const void *data, size_t len,
                          const unsigned char keyid[FRAMING_KEYIDLEN]);

/* The body of the next packet with a public key or subkey in DATA, from
   *R_AT on, which is 0 at first and moves on.  False if there is none.  */
bool framing_next_part (const void *data, size_t len, size_t *r_at,
                        const unsigned char **r_body, size_t *r_len);

/* The next packet in DATA, from *R_AT on, which is 0 at first and moves on:
   its tag (section 4.3) and its body.  False at the end, and for a packet
   that is broken or has partial lengths.  */
bool framing_next_packet (const void *data, size_t len, size_t *r_at,
                          unsigned int *r_tag, const unsigned char **r_body,
                          size_t *r_len);

/* When a signature was made, and when it ends (0: never), Unix seconds.  */
struct framing_times
{
  unsigned int class;
  bool good_hash;
  uint64_t created, ends;
};

/* Read these from the BODY of a signature packet of version 4, out of what it
   signs itself (sections 5.2.3.4 and 5.2.3.10).  False if it is not one, or
   does not say when it was made.  */
bool framing_signature_times (const void *body, size_t len,
                              struct framing_times *r_times);

/* The body of the public key packet that DATA begins with.
   GPG_ERR_BAD_DATA if it does not begin with one.  */
gpg_error_t framing_key_body (const void *data, size_t len,
                              const unsigned char **r_body, size_t *r_len);

/* The highest version of a key or subkey in DATA; 0 if there is none.  */
unsigned int framing_key_version (const void *data, size_t len);

/* *R_LEN is the length of the first transferable public key in DATA (RFC
   4880, section 11.1): its key packet and everything up to the next one.
   GPG_ERR_BAD_DATA if there is none or something is cut off,
   GPG_ERR_BAD_PUBKEY for a secret key.  */
gpg_error_t framing_next_key (const void *data, size_t len, size_t *r_len);

/* The session key packets of the outside of a message.  */
struct framing_sum
{
  unsigned int keys;
  size_t keybytes;              /* The length of all these packets.  */
  /* The key that each is for; zeros for a hidden recipient.  */
  unsigned char keyid[FRAMING_MAX_KEYS][FRAMING_KEYIDLEN];
};

/* Count them.  GPG_ERR_BAD_DATA if framing_check_outer refuses DATA.  */
gpg_error_t framing_measure (const void *data, size_t len,
                             struct framing_sum *r_sum);

#endif /*POSTERN_FRAMING_H*/
