/* invite.c - The text of an invite: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * invite.h has the grammar.  An invite is not a proof of anything by itself:
 * its caller checks the signature first.  */

#include "invite.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "../base/encode.h"
#include "../base/lines.h"
#include "../base/secret.h"

#define MAX_LABELLEN 63


/* Because of the door key, all of it is a secret.  */
gpg_error_t
invite_new (invite_t *r_invite)
{
  *r_invite = secret_alloc (sizeof **r_invite);
  return *r_invite ? 0 : gpg_error_from_syserror ();
}


void
invite_release (invite_t invite)
{
  if (!invite)
    return;
  free (invite->server_key);
  free (invite->by_key);
  secret_wipe (invite, sizeof *invite);
  secret_release (invite);
}


/* One part of a host name (RFC 1123, section 2.1).  */
static bool
is_host_label (const char *text, size_t len)
{
  size_t i;

  if (!len || len > MAX_LABELLEN || text[0] == '-' || text[len - 1] == '-')
    return false;
  for (i = 0; i < len; i++)
    if (!((text[i] >= 'a' && text[i] <= 'z')
          || (text[i] >= 'A' && text[i] <= 'Z')
          || (text[i] >= '0' && text[i] <= '9') || text[i] == '-'))
      return false;
  return true;
}


/* True for a host name.  If its last label is a number, it is a misspelt
   address.  */
static bool
is_host_name (const char *text)
{
  const char *dot;

  for (;; text = dot + 1)
    {
      dot = strchrnul (text, '.');
      if (!is_host_label (text, (size_t)(dot - text)))
        return false;
      if (!*dot)
        return text[strspn (text, "0123456789")] != 0;
    }
}


int
invite_address_valid (const char *text, size_t len)
{
  char buf[INVITE_ADDRLEN + 1];
  struct net_addr addr;

  if (!len || len > INVITE_ADDRLEN || memchr (text, 0, len))
    return 0;
  memcpy (buf, text, len);
  buf[len] = 0;
  if (netspec_addr_parse (buf, &addr))
    return is_host_name (buf);
  /* Loopback is for trying client and server on one host.  */
  return (netspec_addr_grantable (&addr) || !strcmp (buf, "::1")
          || (addr.family == AF_INET && addr.bytes[0] == 127));
}


static gpg_error_t
take_address_item (invite_t invite, const char *item)
{
  size_t len = strlen (item);
  unsigned int i;

  if (invite->n_addresses == INVITE_MAX_ADDRESSES
      || !invite_address_valid (item, len))
    return gpg_error (GPG_ERR_BAD_DATA);
  for (i = 0; i < invite->n_addresses; i++)
    if (!strcmp (invite->address[i], item))
      return gpg_error (GPG_ERR_BAD_DATA);
  memcpy (invite->address[invite->n_addresses++], item, len + 1);
  return 0;
}


static gpg_error_t
take_invite_addresses (void *object, char *value, size_t len)
{
  gpg_error_t err = 0;
  char *item;

  (void)len;
  while (!err && (item = strsep (&value, ",")))
    err = take_address_item (object, item);
  return err;
}


static void
give_invite_addresses (lines_out_t out, const void *object)
{
  const struct invite_s *invite = object;
  unsigned int i;

  if (!invite->n_addresses)
    return;
  lines_begin (out);
  for (i = 0; i < invite->n_addresses && i < INVITE_MAX_ADDRESSES; i++)
    {
      lines_add (out, i ? "," : "");
      lines_add (out, invite->address[i]);
    }
  lines_end (out);
}


static gpg_error_t
take_key (const char *value, size_t len, unsigned char **r_key,
          size_t *r_keylen)
{
  if (!len)
    return gpg_error (GPG_ERR_BAD_DATA);
  *r_key = malloc (len);
  if (!*r_key)
    return gpg_error_from_syserror ();
  return decode_base64 (value, len, *r_key, len, r_keylen);
}


static gpg_error_t
take_server_key (void *object, char *value, size_t len)
{
  invite_t invite = object;

  return take_key (value, len, &invite->server_key, &invite->server_key_len);
}


static void
give_server_key (lines_out_t out, const void *object)
{
  const struct invite_s *invite = object;

  if (invite->server_key)
    lines_give_base64 (out, invite->server_key, invite->server_key_len);
}


static gpg_error_t
take_by_key (void *object, char *value, size_t len)
{
  invite_t invite = object;

  return take_key (value, len, &invite->by_key, &invite->by_key_len);
}


static void
give_by_key (lines_out_t out, const void *object)
{
  const struct invite_s *invite = object;

  if (invite->by_key)
    lines_give_base64 (out, invite->by_key, invite->by_key_len);
}


static gpg_error_t
take_door (void *object, char *value, size_t len)
{
  invite_t invite = object;
  char *key = memchr (value, '=', len);

  if (!key)
    return gpg_error (GPG_ERR_BAD_DATA);
  *key++ = 0;
  if (lines_take_name (value, strlen (value), invite->door))
    return gpg_error (GPG_ERR_BAD_DATA);
  return lines_take_base64 (key, strlen (key), invite->door_key,
                            sizeof invite->door_key);
}


static void
give_door (lines_out_t out, const void *object)
{
  const struct invite_s *invite = object;

  lines_begin (out);
  lines_add (out, invite->door);
  lines_add (out, "=");
  lines_add_base64 (out, invite->door_key, sizeof invite->door_key);
  lines_end (out);
}


int
invite_credential_valid (const char *text)
{
  return !strcmp (text, "crypt") || !strcmp (text, "shadow")
         || !strcmp (text, "ldap");
}


static gpg_error_t
take_credential (void *object, char *value, size_t len)
{
  invite_t invite = object;

  if (!invite_credential_valid (value))
    return gpg_error (GPG_ERR_BAD_DATA);
  return lines_take_name (value, len, invite->credential);
}


static void
give_credential (lines_out_t out, const void *object)
{
  lines_give_string (out, ((const struct invite_s *)object)->credential);
}


static const struct lines_field fields[] =
  {
    LINES_FIELD ("postern-invite", true, false, lines_take_version,
                 lines_give_version, "not version 1"),
    LINES_MEMBER ("for", true, fpr, struct invite_s, person, 0,
                  "not a primary fingerprint"),
    LINES_NUMBER ("serial", true, struct invite_s, serial, LINES_MAX_NUMBER,
                  "not a number in range"),
    LINES_NUMBER ("time", true, struct invite_s, time, LINES_MAX_TIME,
                  "not seconds in range"),
    LINES_MEMBER ("user", true, name, struct invite_s, user, 0,
                  "not a name"),
    LINES_MEMBER ("host", true, name, struct invite_s, host, 0,
                  "not a name"),
    LINES_FIELD ("address", true, false, take_invite_addresses,
                 give_invite_addresses,
                 "not 1 to 8 different host names or addresses"),
    LINES_NUMBER ("port", true, struct invite_s, port, UINT16_MAX,
                  "not a port"),
    LINES_MEMBER ("server", true, fpr, struct invite_s, server, 0,
                  "not a primary fingerprint"),
    LINES_FIELD ("server-key", true, false, take_server_key,
                 give_server_key, "not canonical base64"),
    LINES_MEMBER ("by", false, fpr, struct invite_s, by, 0,
                  "not a primary fingerprint"),
    LINES_FIELD ("by-key", false, false, take_by_key, give_by_key,
                 "not canonical base64"),
    LINES_FIELD ("door", true, false, take_door, give_door,
                 "not NAME=BASE64 of 32 bytes"),
    LINES_NUMBER ("door-ends", false, struct invite_s, door_ends,
                  LINES_MAX_TIME, "not seconds in range"),
    LINES_MEMBER ("ports", false, ports, struct invite_s, ports, 0,
                  "not 1 to 16 ports or ranges that do not overlap"),
    LINES_FIELD ("credential", false, false, take_credential,
                 give_credential, "neither crypt, shadow nor ldap"),
    LINES_END
  };


/* Check what concerns more than one line.  */
static gpg_error_t
check_by (invite_t invite, const char **r_why)
{
  *r_why = NULL;
  if (!*invite->by != !invite->by_key)
    *r_why = "by and by-key: one without the other";
  else if (*invite->by && !strcmp (invite->by, invite->server))
    *r_why = "by: the server itself";
  return *r_why ? gpg_error (GPG_ERR_BAD_DATA) : 0;
}


gpg_error_t
invite_parse (const void *text, size_t len, invite_t *r_invite,
              const char **r_why)
{
  gpg_error_t err;
  invite_t invite;
  const char *why = NULL;

  *r_invite = NULL;
  err = invite_new (&invite);
  if (err)
    {
      why = "out of memory";
      goto leave;
    }
  err = lines_read (fields, text, len, INVITE_MAXLEN, invite, &why);
  if (!err)
    err = check_by (invite, &why);
  if (err)
    goto leave;
  *r_invite = invite;
  invite = NULL;

 leave:
  if (r_why)
    *r_why = why;
  invite_release (invite);
  return err;
}


gpg_error_t
invite_write (invite_t invite, char **r_text, size_t *r_len)
{
  gpg_error_t err;
  invite_t again = NULL;
  char *text = NULL;
  size_t len = 0;

  *r_text = NULL;
  *r_len = 0;
  if (invite->n_addresses > INVITE_MAX_ADDRESSES
      || invite->ports.n > NETSPEC_MAX_RANGES)
    return gpg_error (GPG_ERR_INV_VALUE);
  err = lines_write (fields, invite, INVITE_MAXLEN, &text, &len);
  if (!err)
    err = invite_parse (text, len, &again, NULL);
  invite_release (again);
  if (gpg_err_code (err) == GPG_ERR_TOO_LARGE
      || gpg_err_code (err) == GPG_ERR_BAD_DATA)
    err = gpg_error (GPG_ERR_INV_VALUE);
  if (err)
    {
      lines_release (text, len);
      return err;
    }
  *r_text = text;
  *r_len = len;
  return 0;
}
