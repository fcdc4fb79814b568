/* tool-attachment.c - What a datagram carries besides, for the system tests.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 *   tool-attachment DOORKEYFILE REQUESTKEY <DATAGRAM >TEXT
 *
 * REQUESTKEY is what the line "key" of the request says.  Exit status 1: no
 * attachment, 2: something is not right.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../common/credential.h"
#include "../common/encode.h"
#include "../common/file.h"
#include "../common/secret.h"


static gpg_error_t
open_door (const char *path, seal_t *r_seal)
{
  gpg_error_t err;
  unsigned char *text, key[SEAL_KEYLEN];
  size_t len, keylen;

  *r_seal = NULL;
  err = file_read (path, 256, &text, &len);
  if (err)
    return err;
  err = decode_base64 ((char *) text, len ? len - 1 : 0, key, sizeof key,
                       &keylen);
  free (text);
  return err ? err : seal_new (key, r_seal);
}


static gpg_error_t
print_attachment (const struct seal_content *content, const char *request_key)
{
  unsigned char key[REQUEST_KEYLEN];
  char text[CREDENTIAL_MAX_TEXT + 1];
  credential_t credential;
  gpg_error_t err;
  size_t n;

  err = decode_base64 (request_key, strlen (request_key), key, sizeof key,
                       &n);
  if (!err)
    err = credential_open (key, content->attachment,
                           content->attachment_len, &credential);
  if (err)
    return err;
  err = file_write_fd (1, text, credential_write (credential, text));
  credential_release (credential);
  return err;
}


int
main (int argc, char **argv)
{
  gpg_error_t err;
  unsigned char *dgram = NULL, buf[SEAL_MAX];
  struct seal_content content;
  seal_t seal = NULL;
  size_t len;

  if (argc != 3)
    return 64;
  err = secret_init (CREDENTIAL_POOL);
  if (!err)
    err = open_door (argv[1], &seal);
  if (!err)
    err = file_read ("-", SEAL_MAX, &dgram, &len);
  if (!err)
    err = seal_unwrap (seal, dgram, len, buf, &content);
  if (!err && content.attachment_len)
    err = print_attachment (&content, argv[2]);
  seal_release (seal);
  free (dgram);
  if (err)
    fprintf (stderr, "tool-attachment: %s\n", gpg_strerror (err));
  return err ? 2 : !content.attachment_len;
}
