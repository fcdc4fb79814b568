/* fuzz-credential.c - Any bytes as an attachment, and under its seal.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * No mutation finds a tag that fits, so the input is also taken for the
 * padded text and sealed here, as a signer can.  */

#include "../../common/wire/credential.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/secret.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const unsigned char key[REQUEST_KEYLEN];
static unsigned char derived[SEAL_KEYLEN];


static void
set_up (void)
{
  static int done;

  if (done++)
    return;
  if (secret_init (32768)
      || seal_derive (key, "postern 1 attachment", derived))
    abort ();
}


/* A text that is taken is the one that its credential is written as, and
   the rest was padding.  */
static void
check_taken (credential_t credential, const uint8_t *data, size_t size)
{
  char text[CREDENTIAL_MAX_TEXT + 1];
  const char *password;
  size_t len = credential_write (credential, text), n;

  if (len > size || memcmp (text, data, len)
      || credential_size (credential) != len + SEAL_OVERHEAD)
    abort ();
  for (; len < size; len++)
    if (data[len])
      abort ();
  password = credential_password (credential, &n);
  if (password ? !n || strlen (password) != n
      : n || !credential_otp (credential))
    abort ();
  credential_release (credential);
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  unsigned char box[CREDENTIAL_MAXLEN];
  credential_t credential;

  set_up ();
  if (!credential_open (key, data, size, &credential))
    abort ();
  if (!credential_parse (data, size, &credential))
    check_taken (credential, data, size);
  if (size > CREDENTIAL_MAXLEN - SEAL_OVERHEAD)
    return 0;
  if (seal_box (derived, data, size, box))
    abort ();
  if (!credential_open (key, box, size + SEAL_OVERHEAD, &credential))
    check_taken (credential, data, size);
  else if (credential)
    abort ();
  return 0;
}
