/* framing-text.c - What is wrong with the framing of a message, in words.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One constant text for each flaw, for the audit.  */

#include "framing.h"

static const char *const texts[FRAMING_FLAWS] =
  {
    [FRAMING_EMPTY] = "an empty message",
    [FRAMING_ARMOUR] = "armoured",
    [FRAMING_NO_OPENPGP] = "not an OpenPGP message",
    [FRAMING_CUT_HEADER] = "cut off within a packet header",
    [FRAMING_CUT_PACKET] = "cut off within a packet",
    [FRAMING_ENDS] = "ends where another packet must follow",
    [FRAMING_NO_PACKET] = "no packet where one must begin",
    [FRAMING_INDETERMINATE] = "packet of indeterminate length",
    [FRAMING_PARTIAL_TAG] = "partial lengths of a packet that is not data",
    [FRAMING_PARTIAL_SHORT] = "partial length below 512 bytes",
    [FRAMING_COMPRESSED] = "compressed",
    [FRAMING_MARKER] = "a marker packet",
    [FRAMING_OTHER] = "a packet that is not allowed there",
    [FRAMING_TRAILING] = "something after the last packet",

    [FRAMING_PASSPHRASE] = "a session key encrypted with a passphrase",
    [FRAMING_NO_MDC] = "encrypted without integrity check (no MDC)",
    [FRAMING_SIGNED_ONLY] = "signed, but not encrypted",
    [FRAMING_PLAIN] = "literal data, not encrypted",
    [FRAMING_NO_KEY] = "no session key for a public key",
    [FRAMING_MANY_KEYS] = "more than 16 session keys",
    [FRAMING_KEY_SHORT] = "session key packet that is too short",
    [FRAMING_KEY_VERSION] = "session key packet of a version other than 3",
    [FRAMING_DATA_SHORT] = "encrypted data that is too short",
    [FRAMING_DATA_VERSION] = "encrypted data of a version other than 1",
    [FRAMING_CIPHER] = "encrypted with a cipher other than AES",
    [FRAMING_AEAD_MODE] = "encrypted with an AEAD mode other than OCB",
    [FRAMING_CHUNK_SIZE] = "encrypted in chunks of more than 4 MiB",
    [FRAMING_CHUNK_CUT] = "encrypted data whose last chunk is cut off",

    [FRAMING_NESTED_ENCRYPTION] = "nested: encrypted once more inside",
    [FRAMING_NESTED_SIGNATURE] = "nested: signed once more inside",
    [FRAMING_NOT_SIGNED] = "not signed",
    [FRAMING_FEW_SIGNERS] = "fewer signatures than expected",
    [FRAMING_MANY_SIGNERS] = "more signatures than expected",
    [FRAMING_SIGNATURE_FIRST] = "signature before the text",
    [FRAMING_ONEPASS] = "malformed one-pass signature packet",
    [FRAMING_TEXT_MODE] = "signed in text mode (class 0x01)",
    [FRAMING_CLASS] = "signature of a class other than 0x00",
    [FRAMING_DIGEST] = "signed with a digest other than SHA-256, 384 and 512",
    [FRAMING_LITERAL_SHORT] = "literal packet that is too short",
    [FRAMING_LITERAL_MODE] = "literal data not in binary mode",
    [FRAMING_TEXT_LONG] = "text too long",
    [FRAMING_SECOND_TEXT] = "a second text",
    [FRAMING_SIGNATURE_VERSION] = "signature of a version other than 4",
    [FRAMING_SIGNATURE_SHORT] = "signature packet that is too short",
    [FRAMING_ALGORITHMS] = "signature by algorithms other than announced",
    [FRAMING_SUBPACKETS] = "signature packet with broken subpackets",
    [FRAMING_ISSUER] = "signature by a key other than announced",
    [FRAMING_NO_ISSUER] = "signature that names no issuer",
    [FRAMING_NUMBER] = "signature packet with a broken number",
    [FRAMING_LONG] = "signed message too long",
    [FRAMING_ALGORITHM] =
      "signed with an algorithm other than RSA, ECDSA and EdDSA",
    [FRAMING_CRITICAL] = "signature with an unknown critical subpacket",
    [FRAMING_REPEATED] = "signature with a repeated subpacket",
    [FRAMING_UNHASHED_ISSUER] =
      "signature that does not cover its issuer's fingerprint",
    [FRAMING_NO_TIME] = "signature that does not cover its time",
    [FRAMING_INTEGERS] =
      "signature packet with too few numbers, or something after them",
    [FRAMING_KEY_SERVER] = "signature that names a key server",
    [FRAMING_LIFETIME] = "signature that ends too far in the future"
  };

const char *
framing_text (unsigned int flaw)
{
  return flaw < FRAMING_FLAWS ? texts[flaw] : NULL;
}
