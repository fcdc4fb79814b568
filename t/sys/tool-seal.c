/* tool-seal.c - Takes a seal off, or puts one on, for the system tests.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 *   tool-seal unwrap KEYFILE <DATAGRAM >MESSAGE
 *   tool-seal wrap KEYFILE [ATLEAST [ATTACHMENT]] <MESSAGE >DATAGRAM
 *
 * ATTACHMENT is a text, or @FILE.  */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/wire/seal.h"
#include "../../common/base/secret.h"


static gpg_error_t
open_key (const char *path, seal_t *r_seal)
{
  gpg_error_t err;
  unsigned char *text, key[SEAL_KEYLEN];
  size_t len, keylen;

  err = file_read (path, 256, &text, &len);
  if (err)
    return err;
  err = decode_base64 ((char *)text, len ? len - 1 : 0, key, sizeof key,
                       &keylen);
  free (text);
  return err ? err : seal_new (key, r_seal);
}


static gpg_error_t
unwrap (seal_t seal, const void *data, size_t len)
{
  gpg_error_t err;
  unsigned char buf[SEAL_MAX];
  struct seal_content content;

  err = seal_unwrap (seal, data, len, buf, &content);
  return err ? err : file_write_fd (1, content.message, content.message_len);
}


static gpg_error_t
wrap (seal_t seal, const void *data, size_t len, size_t atleast,
      const char *attachment)
{
  gpg_error_t err = 0;
  unsigned char dgram[SEAL_MAX], *file = NULL;
  struct seal_content content = { data, len, (const void *)attachment,
                                  attachment ? strlen (attachment) : 0 };
  size_t n;

  if (attachment && *attachment == '@')
    {
      err = file_read (attachment + 1, SEAL_MAX, &file,
                       &content.attachment_len);
      content.attachment = file;
    }
  if (!err)
    err = seal_wrap (seal, &content, atleast, SEAL_MAX, dgram, &n);
  if (!err)
    err = file_write_fd (1, dgram, n);
  free (file);
  return err;
}


int
main (int argc, char **argv)
{
  gpg_error_t err;
  unsigned char *data = NULL;
  size_t len;
  seal_t seal = NULL;

  if (argc < 3)
    return 64;
  err = secret_init (16384);
  if (!err)
    err = open_key (argv[2], &seal);
  if (!err)
    err = file_read ("-", 65536, &data, &len);
  if (!err)
    err = strcmp (argv[1], "wrap") ? unwrap (seal, data, len)
      : wrap (seal, data, len,
              argc > 3 ? (size_t)strtoul (argv[3], NULL, 10) : 0,
              argc > 4 ? argv[4] : NULL);
  if (err)
    fprintf (stderr, "tool-seal: %s\n", gpg_strerror (err));
  seal_release (seal);
  free (data);
  return !!err;
}
