/* config-ldap.c - The section "ldap", and what a rule may require.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A password must not cross a network that can be listened to: a URI is
 * ldaps:// or ldapi://, or ldap:// with StartTLS, or ldap:// to loopback
 * (RFC 4516; RFC 4511, section 4.14).  */

#include "config-parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/conf/conf-files.h"
#include "../../common/wire/invite.h"

#define USER "{user}"


static bool
has_prefix (const char *text, const char *with)
{
  return !strncmp (text, with, strlen (with));
}


/* The host of a URI, in HOST, and what of it is left.  */
static const char *
split_host (const char *text, char host[INVITE_ADDRLEN + 1])
{
  bool bracket = *text == '[';
  size_t len;

  text += bracket;
  len = strcspn (text, bracket ? "]" : ":/");
  if (!len || len > INVITE_ADDRLEN || (bracket && text[len] != ']'))
    return NULL;
  memcpy (host, text, len);
  host[len] = 0;
  if (!invite_address_valid (host, len) || bracket != !!strchr (host, ':'))
    return NULL;
  return text + len + bracket;
}


/* HOST:PORT, and nothing after it.  */
static bool
host_valid (const char *text)
{
  char host[INVITE_ADDRLEN + 1];
  const char *rest = split_host (text, host);
  unsigned long long port;

  if (!rest)
    return false;
  return !*rest || (*rest == ':'
                    && !decode_decimal (rest + 1, strlen (rest + 1), 65535,
                                        &port) && port);
}


/* A percent-encoded absolute path, or none for the usual one.  */
static bool
socket_valid (const char *text)
{
  static const char plain[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%";

  return !*text || (has_prefix (text, "%2F") && !text[strspn (text, plain)]);
}


static bool
uri_valid (const char *text)
{
  if (has_prefix (text, "ldaps://"))
    return host_valid (text + 8);
  if (has_prefix (text, "ldap://"))
    return host_valid (text + 7);
  return has_prefix (text, "ldapi://") && socket_valid (text + 8);
}


/* Nobody can listen in between.  A name, be it "localhost", may lead
   anywhere.  */
static bool
uri_is_loopback (const char *uri)
{
  char host[INVITE_ADDRLEN + 1];
  struct net_addr addr;

  return split_host (uri + strlen ("ldap://"), host)
         && !netspec_addr_parse (host, &addr)
         && (addr.family == AF_INET ? addr.bytes[0] == 127
             : !strcmp (host, "::1"));
}


/* Every brace is one of "{user}", of which there must be NEED or more.  */
static gpg_error_t
check_template (const struct conf_place *place, const char *text,
                unsigned int need)
{
  const char *p = text;
  unsigned int n = 0;

  while ((p = strpbrk (p, "{}")))
    {
      if (!has_prefix (p, USER))
        return conf_fail (place, "'%.20s' is not a placeholder; the only one"
                          " is " USER, p);
      p += strlen (USER);
      n++;
    }
  if (n < need)
    return conf_fail (place, "'%.60s' lacks " USER ", which stands for"
                      " the person's name", text);
  if (n && !need)
    return conf_fail (place, USER " is for bind-dn and filter");
  return 0;
}


CONFIG_CHECK (uri)
{
  if (strlen (text) > CONFIG_URILEN || !uri_valid (text))
    return conf_fail (place, "'%.80s' is not the URI of a directory; write"
                      " 'ldaps://ldap.example.org', with a port where it"
                      " needs one and nothing after it", text);
  return 0;
}


CONFIG_CHECK (bind_dn)
{
  if (*text && strcspn (text, "=") > strcspn (text, "{"))
    return conf_fail (place, "'%.60s' is not a distinguished name; write"
                      " 'uid=" USER ",ou=people,dc=example,dc=org'", text);
  return *text ? check_template (place, text, 1) : 0;
}


CONFIG_CHECK (plain_dn)
{
  return check_template (place, text, 0);
}


CONFIG_CHECK (filter)
{
  size_t len = strlen (text);

  if (!len || *text != '(' || text[len - 1] != ')')
    return conf_fail (place, "'%.60s' is not a filter; write '(uid=" USER
                      ")'", text);
  return check_template (place, text, 1);
}


/* No URI by which a password would go in the clear.  */
static gpg_error_t
check_uris (const struct conf_place *place, const struct config_ldap *ldap)
{
  bool plain = false;
  size_t i;

  if (!ldap->uris.n)
    return conf_fail (place, "the ldap '%s' has no uri; add uri ="
                      " 'ldaps://HOST'", ldap->name);
  for (i = 0; i < ldap->uris.n; i++)
    {
      if (!has_prefix (ldap->uris.item[i], "ldap://"))
        continue;
      plain = true;
      if (!ldap->starttls && !uri_is_loopback (ldap->uris.item[i]))
        return conf_fail (place, "the ldap '%s' would send passwords in"
                          " the clear to '%s'; write ldaps://, add"
                          " starttls = true, or give loopback's address",
                          ldap->name, ldap->uris.item[i]);
    }
  if (ldap->starttls && !plain)
    return conf_fail (place, "the ldap '%s' has starttls, which is only"
                      " for ldap://; remove it", ldap->name);
  return 0;
}


/* One of the two ways to a person's entry, and all that it takes.  */
static gpg_error_t
check_names (const struct conf_place *place, const struct config_ldap *ldap)
{
  if (!ldap->bind_dn == !ldap->filter)
    return conf_fail (place, "the ldap '%s' needs either bind-dn, or base"
                      " and filter", ldap->name);
  if (!ldap->filter != !ldap->base)
    return conf_fail (place, "the ldap '%s' has one of base and filter;"
                      " add the other", ldap->name);
  if (ldap->service_dn && !ldap->filter)
    return conf_fail (place, "the ldap '%s' has service-dn, which is for"
                      " a search: it needs base and filter", ldap->name);
  if (!ldap->service_dn != !ldap->password_file)
    return conf_fail (place, "the ldap '%s' has one of service-dn and"
                      " password-file; add the other", ldap->name);
  return 0;
}


CONFIG_FINISH (ldap)
{
  struct config_ldap *ldap = object;
  gpg_error_t err = check_uris (place, ldap);

  return err ? err : check_names (place, ldap);
}


static bool
uses_tls (const struct config_ldap *ldap)
{
  size_t i;

  for (i = 0; i < ldap->uris.n; i++)
    if (has_prefix (ldap->uris.item[i], "ldaps://"))
      return true;
  return ldap->starttls;
}


gpg_error_t
config_ldap_check_files (const struct config_ldap *ldap, char **r_message)
{
  struct conf_place place = { ldap->ca_file, 0, NULL, r_message };
  gpg_error_t err = 0;
  int fd = -1;

  if (uses_tls (ldap))
    err = conf_files_open (AT_FDCWD, ldap->ca_file, false, &place, &fd);
  if (fd >= 0)
    close (fd);
  fd = -1;
  if (!err && ldap->password_file)
    err = conf_files_open_secret (ldap->password_file, &fd, r_message);
  if (fd >= 0)
    close (fd);
  return err;
}


gpg_error_t
config_require_check (const struct conf_place *place, config_t config,
                      const char *what, const char *name,
                      const struct config_require *require)
{
  if (!require->ldap || config_ldap_by_name (config, require->ldap))
    return 0;
  return conf_fail (place, "the %s '%s' requires 'ldap:%s', but"
                    " posternd.conf has no section ldap %s", what, name,
                    require->ldap, require->ldap);
}
