/* tool-attachment.c - What a datagram carries besides, for the system tests.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 *   tool-attachment DOORKEYFILE REQUESTKEY <DATAGRAM >TEXT
 *   tool-attachment DOORKEYFILE <DATAGRAM >ATTACHMENT     sealed, as it is
 *   tool-attachment box REQUESTKEY <TEXT >ATTACHMENT      whatever it says
 *
 * REQUESTKEY is what the line "key" of the request says.  Exit status 1: no
 * attachment, 2: something is not right.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/wire/credential.h"
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/secret.h"


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


static int
read_datagram (const char *door, const char *request_key)
{
  gpg_error_t err;
  unsigned char *dgram = NULL, buf[SEAL_MAX];
  struct seal_content content;
  seal_t seal = NULL;
  size_t len;

  err = open_door (door, &seal);
  if (!err)
    err = file_read ("-", SEAL_MAX, &dgram, &len);
  if (!err)
    err = seal_unwrap (seal, dgram, len, buf, &content);
  if (!err && content.attachment_len)
    err = request_key ? print_attachment (&content, request_key)
      : file_write_fd (1, content.attachment, content.attachment_len);
  seal_release (seal);
  free (dgram);
  if (err)
    fprintf (stderr, "tool-attachment: %s\n", gpg_strerror (err));
  return err ? 2 : !content.attachment_len;
}


static int
make_box (const char *request_key)
{
  unsigned char key[REQUEST_KEYLEN], derived[SEAL_KEYLEN], *text = NULL;
  unsigned char box[4096 + SEAL_OVERHEAD];
  gpg_error_t err;
  size_t n;

  err = decode_base64 (request_key, strlen (request_key), key, sizeof key,
                       &n);
  if (!err)
    err = file_read ("-", 4096, &text, &n);
  if (!err)
    err = seal_derive (key, CREDENTIAL_INFO, derived);
  if (!err)
    err = seal_box (derived, text, n, box);
  if (!err)
    err = file_write_fd (1, box, n + SEAL_OVERHEAD);
  free (text);
  if (err)
    fprintf (stderr, "tool-attachment: %s\n", gpg_strerror (err));
  return err ? 2 : 0;
}


int
main (int argc, char **argv)
{
  if (argc < 2 || argc > 3)
    return 64;
  if (secret_init (CREDENTIAL_POOL))
    return 2;
  if (!strcmp (argv[1], "box"))
    return argc == 3 ? make_box (argv[2]) : 64;
  return read_datagram (argv[1], argv[2]);
}
