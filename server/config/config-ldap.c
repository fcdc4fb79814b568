/* config-ldap.c - The section "ldap", and what a rule may require.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A password must not cross a network that can be listened to: an URI is
 * ldaps:// or ldapi://, or ldap:// with StartTLS, or ldap:// to loopback
 * (RFC 4516; RFC 4511, section 4.14).  */

#include "config-parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/wire/invite.h"

#define USER "{user}"
#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"
#define MAX_TIMEOUT 60


static bool
starts (const char *text, const char *with)
{
  return !strncmp (text, with, strlen (with));
}


/* The host of an URI, in HOST, and what of it is left.  */
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


/* HOST:PORT, and nothing behind it.  */
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

  return !*text || (starts (text, "%2F") && !text[strspn (text, plain)]);
}


static bool
uri_valid (const char *text)
{
  if (starts (text, "ldaps://"))
    return host_valid (text + 8);
  if (starts (text, "ldap://"))
    return host_valid (text + 7);
  return starts (text, "ldapi://") && socket_valid (text + 8);
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


/* Plain text of one line, of which LEN bytes are the most.  */
static gpg_error_t
take_text (const struct conf_place *place, const char *text, size_t most,
           char **r_text)
{
  size_t len = strlen (text);

  if (!len || len > most || !encode_is_clean (text, len))
    return conf_fail (place, "'%.60s' does not have 1 to %zu plain"
                      " characters", text, most);
  *r_text = strdup (text);
  return *r_text ? 0 : gpg_error_from_syserror ();
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
      if (!starts (p, USER))
        return conf_fail (place, "'%.20s' is no placeholder; the only one"
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


TAKE (uri)
{
  struct config_ldap *ldap = object;

  if (strlen (text) > CONFIG_URILEN || !uri_valid (text))
    return conf_fail (place, "'%.80s' is no URI of a directory; write"
                      " 'ldaps://ldap.example.org', with a port where it"
                      " needs one and nothing behind it", text);
  return conf_value_string (place, text, CONFIG_MAX_URIS, &ldap->uris);
}


TAKE (starttls)
{
  struct config_ldap *ldap = object;

  return conf_value_bool (place, text, &ldap->starttls);
}


TAKE (ca_file)
{
  struct config_ldap *ldap = object;

  return conf_value_path (place, text, CONFIG_PATHLEN, &ldap->ca_file);
}


static gpg_error_t
take_template (const struct conf_place *place, const char *text,
               unsigned int need, char **r_text)
{
  gpg_error_t err = take_text (place, text, CONFIG_DNLEN, r_text);

  return err ? err : check_template (place, text, need);
}


TAKE (bind_dn)
{
  struct config_ldap *ldap = object;

  if (strcspn (text, "=") > strcspn (text, "{"))
    return conf_fail (place, "'%.60s' is no distinguished name; write"
                      " 'uid=" USER ",ou=people,dc=example,dc=org'", text);
  return take_template (place, text, 1, &ldap->bind_dn);
}


TAKE (base)
{
  struct config_ldap *ldap = object;

  return take_template (place, text, 0, &ldap->base);
}


TAKE (filter)
{
  struct config_ldap *ldap = object;
  size_t len = strlen (text);

  if (!len || *text != '(' || text[len - 1] != ')')
    return conf_fail (place, "'%.60s' is no filter; write '(uid=" USER
                      ")'", text);
  return take_template (place, text, 1, &ldap->filter);
}


TAKE (service_dn)
{
  struct config_ldap *ldap = object;

  return take_template (place, text, 0, &ldap->service_dn);
}


TAKE (password_file)
{
  struct config_ldap *ldap = object;

  return conf_value_path (place, text, CONFIG_PATHLEN, &ldap->password_file);
}


TAKE (member_of)
{
  struct config_ldap *ldap = object;

  return take_template (place, text, 0, &ldap->member_of);
}


TAKE (timeout)
{
  struct config_ldap *ldap = object;

  return conf_value_duration (place, text, 1, MAX_TIMEOUT, &ldap->timeout);
}


const struct conf_option config_ldap_options[] =
  {
    { "uri", true, take_uri },
    { "starttls", false, take_starttls },
    { "ca-file", false, take_ca_file },
    { "bind-dn", false, take_bind_dn },
    { "base", false, take_base },
    { "filter", false, take_filter },
    { "service-dn", false, take_service_dn },
    { "password-file", false, take_password_file },
    { "member-of", false, take_member_of },
    { "timeout", false, take_timeout },
    { NULL, false, NULL }
  };


gpg_error_t
config_ldap_begin (const struct conf_place *place, void *root,
                   const char *title, void **r_object)
{
  config_t config = root;
  struct config_ldap *ldap;
  gpg_error_t err;

  if (config->n_ldaps == CONFIG_MAX_LDAPS)
    return conf_fail (place, "more than %d sections", CONFIG_MAX_LDAPS);
  err = array_grow (&config->ldap, config->n_ldaps,
                           sizeof *config->ldap);
  if (err)
    return err;
  ldap = &config->ldap[config->n_ldaps++];
  ldap->name = strdup (title);
  ldap->ca_file = strdup (SYSTEM_CA);
  ldap->timeout = CONFIG_CHECK_TIME;
  *r_object = ldap;
  return ldap->name && ldap->ca_file ? 0 : gpg_error_from_syserror ();
}


void
config_ldap_release (struct config_ldap *ldap)
{
  strlist_release (&ldap->uris);
  free (ldap->name);
  free (ldap->ca_file);
  free (ldap->bind_dn);
  free (ldap->base);
  free (ldap->filter);
  free (ldap->service_dn);
  free (ldap->password_file);
  free (ldap->member_of);
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
      if (!starts (ldap->uris.item[i], "ldap://"))
        continue;
      plain = true;
      if (!ldap->starttls && !uri_is_loopback (ldap->uris.item[i]))
        return conf_fail (place, "the ldap '%s' would send passwords in"
                          " the clear to '%s'; write ldaps://, add"
                          " starttls = true, or give loopback's address",
                          ldap->name, ldap->uris.item[i]);
    }
  if (ldap->starttls && !plain)
    return conf_fail (place, "the ldap '%s' has starttls, which is for"
                      " ldap:// alone; leave it out", ldap->name);
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


gpg_error_t
config_ldap_finish (const struct conf_place *place, void *root,
                    void *object)
{
  config_t config = root;
  struct config_ldap *ldap = object;
  gpg_error_t err;

  (void) config;
  err = check_uris (place, ldap);
  return err ? err : check_names (place, ldap);
}


static bool
uses_tls (const struct config_ldap *ldap)
{
  size_t i;

  for (i = 0; i < ldap->uris.n; i++)
    if (starts (ldap->uris.item[i], "ldaps://"))
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


/* "crypt", "shadow" or "ldap:NAME".  */
gpg_error_t
config_require_take (const struct conf_place *place, const char *text,
                     struct config_require *require)
{
  if (!strcmp (text, "crypt"))
    require->kind = CONFIG_REQUIRE_CRYPT;
  else if (!strcmp (text, "shadow"))
    require->kind = CONFIG_REQUIRE_SHADOW;
  else if (starts (text, "ldap:")
           && netspec_name_valid (text + 5, strlen (text + 5)))
    {
      require->kind = CONFIG_REQUIRE_LDAP;
      require->ldap = strdup (text + 5);
      return require->ldap ? 0 : gpg_error_from_syserror ();
    }
  else
    return conf_fail (place, "'%.60s' is no credential; write 'crypt',"
                      " 'shadow' or 'ldap:NAME'", text);
  return 0;
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
