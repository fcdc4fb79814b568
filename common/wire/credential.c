/* credential.c - The attachment of a request: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tables of lines.c are not used here because they copy the text to
 * memory that is not locked.  A password must never be in other memory.  */

#include "credential.h"

#include <string.h>
#include "../base/secret.h"

#define PASSWORD "password: "
#define OTP "otp: "

struct credential_s
{
  size_t password_len;          /* 0: none.  */
  char password[CREDENTIAL_MAX_PASSWORD + 1];
  char otp[CREDENTIAL_MAX_OTP + 1];     /* Empty: none.  */
};


gpg_error_t
credential_new (credential_t *r_credential)
{
  *r_credential = secret_alloc (sizeof **r_credential);
  return *r_credential ? 0 : gpg_error_from_syserror ();
}


void
credential_release (credential_t credential)
{
  secret_release (credential);
}


gpg_error_t
credential_set_password (credential_t credential, const void *password,
                         size_t len)
{
  if (!len)
    return gpg_error (GPG_ERR_NO_DATA);
  if (len > CREDENTIAL_MAX_PASSWORD)
    return gpg_error (GPG_ERR_TOO_LARGE);
  /* For crypt and LDAP it is a string, which would end at a NUL.  */
  if (memchr (password, 0, len))
    return gpg_error (GPG_ERR_INV_VALUE);
  secret_wipe (credential->password, sizeof credential->password);
  memcpy (credential->password, password, len);
  credential->password_len = len;
  return 0;
}


gpg_error_t
credential_set_otp (credential_t credential, const char *otp, size_t len)
{
  size_t i;

  if (!len)
    return gpg_error (GPG_ERR_NO_DATA);
  if (len > CREDENTIAL_MAX_OTP)
    return gpg_error (GPG_ERR_TOO_LARGE);
  for (i = 0; i < len; i++)
    if (otp[i] < '0' || otp[i] > '9')
      return gpg_error (GPG_ERR_INV_VALUE);
  memcpy (credential->otp, otp, len);
  credential->otp[len] = 0;
  return 0;
}


const char *
credential_password (credential_t credential, size_t *r_len)
{
  *r_len = credential->password_len;
  return *r_len ? credential->password : NULL;
}


const char *
credential_otp (credential_t credential)
{
  return *credential->otp ? credential->otp : NULL;
}


static size_t
text_size (credential_t credential)
{
  size_t len = 0;

  if (credential->password_len)
    len += strlen (PASSWORD) + ENCODE_BASE64_LEN (credential->password_len)
           + 1;
  if (*credential->otp)
    len += strlen (OTP) + strlen (credential->otp) + 1;
  return len;
}


size_t
credential_size (credential_t credential)
{
  return text_size (credential) + SEAL_OVERHEAD;
}


size_t
credential_write (credential_t credential, char *text)
{
  char *p = text;

  if (credential->password_len)
    {
      p = stpcpy (p, PASSWORD);
      encode_base64_to (credential->password, credential->password_len, p);
      p = stpcpy (p + strlen (p), "\n");
    }
  if (*credential->otp)
    p = stpcpy (stpcpy (stpcpy (p, OTP), credential->otp), "\n");
  return (size_t)(p - text);
}


/* If a line NAME begins at *TEXT, step over it and return its value of *R_LEN
   bytes; else NULL.  */
static const char *
take_named_line (const char **text, const char *end, const char *name,
                 size_t *r_len)
{
  size_t n = strlen (name);
  const char *value, *stop;

  if ((size_t)(end - *text) < n || memcmp (*text, name, n))
    return NULL;
  value = *text + n;
  stop = memchr (value, '\n', (size_t)(end - value));
  if (!stop)
    return NULL;
  *r_len = (size_t)(stop - value);
  *text = stop + 1;
  return value;
}


static gpg_error_t
take_password (credential_t credential, const char *value, size_t len)
{
  size_t n;

  if (decode_base64 (value, len, credential->password,
                     CREDENTIAL_MAX_PASSWORD, &n)
      || !n || memchr (credential->password, 0, n))
    return gpg_error (GPG_ERR_BAD_DATA);
  credential->password_len = n;
  return 0;
}


/* Anything but these lines, in this order, is left over at the end and
   refused.  */
static gpg_error_t
parse_credential (credential_t credential, const char *text, size_t len)
{
  const char *p = text, *end = text + len, *value;
  size_t n;

  value = take_named_line (&p, end, PASSWORD, &n);
  if (value && take_password (credential, value, n))
    return gpg_error (GPG_ERR_BAD_DATA);
  value = take_named_line (&p, end, OTP, &n);
  if (value && credential_set_otp (credential, value, n))
    return gpg_error (GPG_ERR_BAD_DATA);
  return p != end || !len ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


gpg_error_t
credential_parse (const void *text, size_t len, credential_t *r_credential)
{
  gpg_error_t err;
  credential_t credential;

  *r_credential = NULL;
  err = credential_new (&credential);
  if (err)
    return err;
  err = parse_credential (credential, text, len);
  if (err)
    credential_release (credential);
  else
    *r_credential = credential;
  return err;
}


/* The text is sealed in place, so that only the sealed box leaves secret
   memory.  */
gpg_error_t
credential_seal (credential_t credential,
                 const unsigned char key[REQUEST_KEYLEN], size_t size,
                 unsigned char *box)
{
  gpg_error_t err;
  unsigned char *buf, *derived;

  if (!text_size (credential))
    return gpg_error (GPG_ERR_NO_DATA);
  if (size < credential_size (credential) || size > CREDENTIAL_MAXLEN)
    return gpg_error (GPG_ERR_INV_LENGTH);
  buf = secret_alloc (size + SEAL_KEYLEN);
  if (!buf)
    return gpg_error_from_syserror ();
  derived = buf + size;
  credential_write (credential, (char *)buf + SEAL_NONCELEN);
  err = seal_derive (key, CREDENTIAL_INFO, derived);
  if (!err)
    err = seal_box (derived, buf + SEAL_NONCELEN, size - SEAL_OVERHEAD, buf);
  if (!err)
    memcpy (box, buf, size);
  secret_release (buf);
  return err;
}


gpg_error_t
credential_unseal (const unsigned char derived[SEAL_KEYLEN], const void *box,
                   size_t len, credential_t *r_credential)
{
  gpg_error_t err;
  unsigned char *text;
  size_t n;

  *r_credential = NULL;
  if (len <= SEAL_OVERHEAD || len > CREDENTIAL_MAXLEN)
    return gpg_error (GPG_ERR_INV_LENGTH);
  text = secret_alloc (len - SEAL_OVERHEAD);
  if (!text)
    return gpg_error_from_syserror ();
  err = seal_unbox (derived, box, len, text);
  if (!err)
    err = seal_unpad (text, len - SEAL_OVERHEAD, &n);
  if (!err)
    err = credential_parse (text, n, r_credential);
  secret_release (text);
  return err;
}


gpg_error_t
credential_open (const unsigned char key[REQUEST_KEYLEN], const void *box,
                 size_t len, credential_t *r_credential)
{
  gpg_error_t err;
  unsigned char *derived = secret_alloc (SEAL_KEYLEN);

  *r_credential = NULL;
  if (!derived)
    return gpg_error_from_syserror ();
  err = seal_derive (key, CREDENTIAL_INFO, derived);
  if (!err)
    err = credential_unseal (derived, box, len, r_credential);
  secret_release (derived);
  return err;
}
