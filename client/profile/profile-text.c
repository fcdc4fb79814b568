/* profile-text.c - hosts.conf: its reader.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Read by the same strict reader as the server's configuration: a repeated
 * host or option, "${", or an unknown name is an error with its line.  */

#include "profile-parts.h"

#include <stddef.h>
#include <string.h>

#define MAX_SERIAL ((1ULL << 53) - 1)
#define MAX_TIME 253402300799ULL        /* As conf_value_time.  */

CONF_TAKE (address)
{
  struct profile_host *host = field;
  size_t len = strlen (text);

  if (host->n_addresses == INVITE_MAX_ADDRESSES)
    return conf_fail (place, "more than %d addresses", INVITE_MAX_ADDRESSES);
  if (len > INVITE_ADDRLEN || !invite_address_valid (text, len))
    return conf_fail (place, "'%s' is neither a host name nor an address",
                      text);
  memcpy (host->address[host->n_addresses++], text, len + 1);
  return 0;
}


CONF_TAKE (ports)
{
  struct profile_host *host = field;

  if (netspec_ports_parse (text, &host->ports))
    return conf_fail (place, "'%s' is not like tcp/22,udp/60000-60010", text);
  return 0;
}


CONF_TAKE (credential)
{
  struct profile_host *host = field;

  if (!invite_credential_valid (text))
    return conf_fail (place, "'%.60s' is neither crypt, shadow nor ldap",
                      text);
  gpgrt_snprintf (host->credential, sizeof host->credential, "%s", text);
  return 0;
}


/* One more argument of the command that prints the password.  */
CONF_TAKE (command)
{
  struct profile_settings *settings
    = &((struct profile_host *) field)->settings;
  size_t len = strlen (text) + 1;

  if (!settings->command_len && !*text)
    return conf_fail (place, "it begins with no program");
  if (len > sizeof settings->command - settings->command_len)
    return conf_fail (place, "longer than %zu bytes",
                      sizeof settings->command);
  memcpy (settings->command + settings->command_len, text, len);
  settings->command_len += len;
  return 0;
}


CONF_TAKE (for)
{
  struct profile_settings *settings
    = &((struct profile_host *) field)->settings;

  settings->set |= OPTION_FOR;
  return conf_duration.take (place, option, &settings->seconds, text);
}


CONF_TAKE (timeout)
{
  struct profile_settings *settings
    = &((struct profile_host *) field)->settings;

  settings->set |= OPTION_TIMEOUT;
  return conf_duration.take (place, option, &settings->timeout, text);
}


CONF_TAKE (family)
{
  struct profile_settings *settings
    = &((struct profile_host *) field)->settings;

  settings->set |= OPTION_FAMILY;
  if (!strcmp (text, "ipv4"))
    settings->family = AF_INET;
  else if (!strcmp (text, "ipv6"))
    settings->family = AF_INET6;
  else if (!strcmp (text, "any"))
    settings->family = AF_UNSPEC;
  else
    return conf_fail (place, "'%.60s' is neither ipv4, ipv6 nor any", text);
  return 0;
}


CONF_TAKE (source)
{
  struct profile_settings *settings
    = &((struct profile_host *) field)->settings;

  settings->set |= OPTION_SOURCE;
  memset (&settings->source, 0, sizeof settings->source);
  if (!strcmp (text, "observed"))
    return 0;
  if (netspec_addr_parse (text, &settings->source)
      || !netspec_addr_grantable (&settings->source))
    return conf_fail (place, "'%.60s' is neither 'observed' nor an address"
                      " that somebody can connect from", text);
  return 0;
}


CONF_TAKE (no_bind)
{
  struct profile_settings *settings
    = &((struct profile_host *) field)->settings;

  settings->set |= OPTION_NO_BIND;
  return conf_bool.take (place, option, &settings->no_bind, text);
}


/* What a host cannot do without.  */
static const char *
missing_option (const struct profile_host *host)
{
  if (!host->n_addresses)
    return "address";
  if (!*host->server)
    return "server";
  return NULL;
}


static gpg_error_t
finish_host (const struct conf_place *place, void *root,
             void *object)
{
  struct profile_host *host = object;
  const char *missing = missing_option (host);

  (void) root;
  if (missing)
    return conf_fail (place, "host '%s' has no '%s'; join it again",
                      host->name, missing);
  if (!*host->host)
    memcpy (host->host, host->name, sizeof host->host);
  return 0;
}


/* Kinds that only this file has; they are read and not written.  */
static const struct conf_kind kind_address = { .list = true,
  .take = take_address };
static const struct conf_kind kind_ports = { .take = take_ports };
static const struct conf_kind kind_credential = { .take = take_credential };
static const struct conf_kind kind_command = { .list = true,
  .take = take_command };
static const struct conf_kind kind_for = { .take = take_for };
static const struct conf_kind kind_timeout = { .take = take_timeout };
static const struct conf_kind kind_family = { .take = take_family };
static const struct conf_kind kind_source = { .take = take_source };
static const struct conf_kind kind_no_bind = { .take = take_no_bind };

#define HOST struct profile_host

/* What a person may set for a host and for all.  */
#define SETTINGS \
  CONF_OPTION ("signer", conf_fpr, HOST, signer, "the person's key"), \
  CONF_OPTION ("port", conf_number, HOST, port, \
               "UDP port that packets go to", .least = 1, .most = 65535), \
  CONF_OPTION_OF ("ports", kind_ports, "ports to ask for"), \
  CONF_OPTION_OF ("for", kind_for, "how long to ask for", .least = 1, \
                  .most = OPTIONS_MAX_FOR, .size = sizeof (uint32_t)), \
  CONF_OPTION_OF ("timeout", kind_timeout, "how long to wait", .least = 1, \
                  .most = OPTIONS_MAX_WAIT, \
                  .size = sizeof (unsigned int)), \
  CONF_OPTION_OF ("family", kind_family, "ipv4, ipv6 or any"), \
  CONF_OPTION_OF ("source", kind_source, "address to open for"), \
  CONF_OPTION_OF ("no-bind", kind_no_bind, "sign no address"), \
  CONF_OPTION_OF ("password-command", kind_command, \
                  "what prints the password")

static const struct conf_option host_options[] =
  {
    CONF_OPTION ("name", conf_name_buf, HOST, name, "what it is called",
                 .flags = CONF_TITLE),
    CONF_OPTION ("host", conf_name_buf, HOST, host, "what it calls itself"),
    CONF_OPTION_OF ("address", kind_address, "where it is reached"),
    CONF_OPTION ("server", conf_fpr, HOST, server, "its key"),
    CONF_OPTION ("user", conf_name_buf, HOST, user, "the person there"),
    CONF_OPTION ("door", conf_name_buf, HOST, door, "the door to come by"),
    CONF_OPTION ("door-ends", conf_time, HOST, door_ends,
                 "when that door ends"),
    CONF_OPTION_OF ("credential", kind_credential, "what a rule asks for"),
    CONF_OPTION ("serial", conf_number, HOST, serial, "of the invite",
                 .most = MAX_SERIAL),
    CONF_OPTION ("joined", conf_time, HOST, joined, "when it was joined"),
    SETTINGS,
    CONF_END
  };

static const struct conf_option default_options[] = { SETTINGS, CONF_END };

static const struct conf_option no_options[] = { CONF_END };

static const struct conf_section sections[] =
  {
    { .name = "default", .options = default_options, .single = true,
      .offset = offsetof (struct profile_s, defaults) },
    { .name = "host", .options = host_options, .most = PROFILE_MAX_HOSTS,
      .offset = offsetof (struct profile_s, host),
      .n_offset = offsetof (struct profile_s, n),
      .size = sizeof (struct profile_host), .finish = finish_host },
    { .name = NULL }
  };

const struct conf_grammar profile_grammar =
  { "hosts.conf", no_options, sections, NULL };


/* Give TO what only FROM has.  */
static void
settle_settings (struct profile_settings *to,
                 const struct profile_settings *from)
{
  unsigned int missing = from->set & ~to->set;

  if (missing & OPTION_FOR)
    to->seconds = from->seconds;
  if (missing & OPTION_TIMEOUT)
    to->timeout = from->timeout;
  if (missing & OPTION_FAMILY)
    to->family = from->family;
  if (missing & OPTION_SOURCE)
    to->source = from->source;
  if (missing & OPTION_NO_BIND)
    to->no_bind = from->no_bind;
  if (!to->command_len)
    {
      to->command_len = from->command_len;
      memcpy (to->command, from->command, sizeof to->command);
    }
  to->set |= missing;
}


/* Put the defaults, which may stand anywhere in the file, into the hosts.  */
static gpg_error_t
settle_hosts (profile_t profile, const struct conf_place *place)
{
  const struct profile_host *defaults = &profile->defaults;
  struct profile_host *host;

  for (host = profile->host; host < profile->host + profile->n; host++)
    {
      if (!host->port)
        host->port = defaults->port ? defaults->port : PROFILE_PORT;
      if (!host->ports.n)
        host->ports = defaults->ports;
      if (!*host->signer)
        memcpy (host->signer, defaults->signer, sizeof host->signer);
      if (!*host->signer)
        return conf_fail (place, "host '%s' has no 'signer', and neither"
                          " has 'default'; join it again", host->name);
      settle_settings (&host->settings, &defaults->settings);
    }
  return 0;
}


gpg_error_t
profile_parse (profile_t profile, const char *file, const char *text,
               size_t len, char **r_message)
{
  struct conf_place place = { file, 0, NULL, r_message };
  gpg_error_t err;

  err = conf_parse_copy (file, text, len, &profile_grammar, profile,
                         r_message);
  return err ? err : settle_hosts (profile, &place);
}


/* True for what the writer may put between quotes.  */
static bool
is_fpr (const char *fpr)
{
  return netspec_fpr_valid (fpr, strlen (fpr));
}


static bool
is_name (const char *name)
{
  return netspec_name_valid (name, strlen (name));
}


gpg_error_t
profile_check (const struct profile_host *host, char **r_message)
{
  const char *bad = NULL;
  unsigned int i;

  if (!is_name (host->name) || !is_name (host->host))
    bad = "name";
  else if (!is_fpr (host->server) || !is_fpr (host->signer))
    bad = "fingerprint";
  else if (*host->user && !is_name (host->user))
    bad = "user";
  else if (*host->door && !is_name (host->door))
    bad = "door";
  else if (!host->port)
    bad = "port";
  else if (*host->credential && !invite_credential_valid (host->credential))
    bad = "credential";
  else if (host->serial > MAX_SERIAL)
    bad = "serial";
  else if (host->door_ends > MAX_TIME || host->joined > MAX_TIME)
    bad = "time";
  else if (!host->n_addresses || host->n_addresses > INVITE_MAX_ADDRESSES)
    bad = "number of addresses";
  for (i = 0; !bad && i < host->n_addresses; i++)
    if (!invite_address_valid (host->address[i], strlen (host->address[i])))
      bad = "address";
  if (!bad)
    return 0;
  *r_message = gpgrt_bsprintf ("not stored: its %s is not valid", bad);
  return gpg_error (GPG_ERR_INV_VALUE);
}
