/* profile-text.c - hosts.conf: its reader.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Read by the same strict reader as the server's configuration: a repeated
 * host or option, "${", or an unknown name is an error with its line.  */

#include "profile-parts.h"

#include <stddef.h>
#include <string.h>
#include "../../common/base/array.h"

#define MAX_SERIAL ((1ULL << 53) - 1)
#define MAX_TIME 253402300799ULL        /* As conf_value_time.  */

static gpg_error_t
take_name (const struct conf_place *place, const char *text, char *buf)
{
  size_t len = strlen (text);

  if (!netspec_name_valid (text, len))
    return conf_fail (place, "'%s' is no name; names are [a-z0-9._-],"
                      " at most %d characters", text, NETSPEC_NAMELEN);
  memcpy (buf, text, len + 1);
  return 0;
}


static gpg_error_t
take_host (const struct conf_place *place, void *object, const char *text)
{
  return take_name (place, text, ((struct profile_host *) object)->host);
}


static gpg_error_t
take_user (const struct conf_place *place, void *object, const char *text)
{
  return take_name (place, text, ((struct profile_host *) object)->user);
}


static gpg_error_t
take_door (const struct conf_place *place, void *object, const char *text)
{
  return take_name (place, text, ((struct profile_host *) object)->door);
}


static gpg_error_t
take_server (const struct conf_place *place, void *object,
             const char *text)
{
  return conf_value_fpr (place, text,
                         ((struct profile_host *) object)->server);
}


static gpg_error_t
take_signer (const struct conf_place *place, void *object,
             const char *text)
{
  return conf_value_fpr (place, text,
                         ((struct profile_host *) object)->signer);
}


static gpg_error_t
take_address (const struct conf_place *place, void *object,
              const char *text)
{
  struct profile_host *host = object;
  size_t len = strlen (text);

  if (host->n_addresses == INVITE_MAX_ADDRESSES)
    return conf_fail (place, "more than %d addresses",
                      INVITE_MAX_ADDRESSES);
  if (len > INVITE_ADDRLEN || !invite_address_valid (text, len))
    return conf_fail (place, "'%s' is neither a host name nor an address",
                      text);
  memcpy (host->address[host->n_addresses++], text, len + 1);
  return 0;
}


static gpg_error_t
take_ports (const struct conf_place *place, void *object,
            const char *text)
{
  struct profile_host *host = object;

  if (netspec_ports_parse (text, &host->ports))
    return conf_fail (place, "'%s' is not like tcp/22,udp/60000-60010",
                      text);
  return 0;
}


static gpg_error_t
take_port (const struct conf_place *place, void *object, const char *text)
{
  unsigned long long value;
  gpg_error_t err = conf_value_number (place, text, 1, 65535, &value);

  if (!err)
    ((struct profile_host *) object)->port = (uint16_t) value;
  return err;
}


static gpg_error_t
take_credential (const struct conf_place *place, void *object,
                 const char *text)
{
  struct profile_host *host = object;

  if (!invite_credential_valid (text))
    return conf_fail (place, "'%.60s' is neither crypt, shadow nor ldap",
                      text);
  gpgrt_snprintf (host->credential, sizeof host->credential, "%s", text);
  return 0;
}


/* One more argument of the command that prints the password.  */
static gpg_error_t
take_command (const struct conf_place *place, void *object,
              const char *text)
{
  struct profile_settings *settings
    = &((struct profile_host *) object)->settings;
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


static gpg_error_t
take_door_ends (const struct conf_place *place, void *object,
                const char *text)
{
  return conf_value_time (place, text,
                          &((struct profile_host *) object)->door_ends);
}


static gpg_error_t
take_serial (const struct conf_place *place, void *object,
             const char *text)
{
  unsigned long long value;
  gpg_error_t err = conf_value_number (place, text, 0, MAX_SERIAL, &value);

  if (!err)
    ((struct profile_host *) object)->serial = value;
  return err;
}


static gpg_error_t
take_joined (const struct conf_place *place, void *object,
             const char *text)
{
  return conf_value_time (place, text,
                          &((struct profile_host *) object)->joined);
}


static gpg_error_t
take_for (const struct conf_place *place, void *object, const char *text)
{
  struct profile_settings *settings
    = &((struct profile_host *) object)->settings;
  unsigned int secs;
  gpg_error_t err = conf_value_duration (place, text, 1, OPTIONS_MAX_FOR,
                                         &secs);

  if (err)
    return err;
  settings->seconds = secs;
  settings->set |= OPTION_FOR;
  return 0;
}


static gpg_error_t
take_timeout (const struct conf_place *place, void *object,
              const char *text)
{
  struct profile_settings *settings
    = &((struct profile_host *) object)->settings;

  settings->set |= OPTION_TIMEOUT;
  return conf_value_duration (place, text, 1, OPTIONS_MAX_WAIT,
                              &settings->timeout);
}


static gpg_error_t
take_family (const struct conf_place *place, void *object,
             const char *text)
{
  struct profile_settings *settings
    = &((struct profile_host *) object)->settings;

  settings->set |= OPTION_FAMILY;
  if (!strcmp (text, "ipv4"))
    settings->family = AF_INET;
  else if (!strcmp (text, "ipv6"))
    settings->family = AF_INET6;
  else if (!strcmp (text, "any"))
    settings->family = AF_UNSPEC;
  else
    return conf_fail (place, "'%.60s' is neither ipv4, ipv6 nor any",
                      text);
  return 0;
}


static gpg_error_t
take_source (const struct conf_place *place, void *object,
             const char *text)
{
  struct profile_settings *settings
    = &((struct profile_host *) object)->settings;

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


static gpg_error_t
take_no_bind (const struct conf_place *place, void *object,
              const char *text)
{
  struct profile_settings *settings
    = &((struct profile_host *) object)->settings;

  settings->set |= OPTION_NO_BIND;
  return conf_value_bool (place, text, &settings->no_bind);
}


static gpg_error_t
begin_default (const struct conf_place *place, void *root,
               const char *title, void **r_object)
{
  (void) place;
  (void) title;
  *r_object = &((profile_t) root)->defaults;
  return 0;
}


static gpg_error_t
begin_host (const struct conf_place *place, void *root,
            const char *title, void **r_object)
{
  profile_t profile = root;
  struct profile_host *host;
  gpg_error_t err;

  if (profile->n == PROFILE_MAX_HOSTS)
    return conf_fail (place, "more than %d hosts", PROFILE_MAX_HOSTS);
  err = array_grow (&profile->host, profile->n, sizeof *host);
  if (err)
    return conf_fail_with (err, place, "%s", gpg_strerror (err));
  host = profile->host + profile->n++;
  *r_object = host;
  return take_name (place, title, host->name);
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


/* What a person may set for a host and for all.  */
#define SETTINGS \
    { "for", false, take_for }, \
    { "timeout", false, take_timeout }, \
    { "family", false, take_family }, \
    { "source", false, take_source }, \
    { "no-bind", false, take_no_bind }, \
    { "password-command", true, take_command }

static const struct conf_option host_options[] =
  {
    { "host", false, take_host },
    { "address", true, take_address },
    { "port", false, take_port },
    { "server", false, take_server },
    { "signer", false, take_signer },
    { "user", false, take_user },
    { "door", false, take_door },
    { "door-ends", false, take_door_ends },
    { "ports", false, take_ports },
    { "credential", false, take_credential },
    { "serial", false, take_serial },
    { "joined", false, take_joined },
    SETTINGS,
    { NULL, false, NULL }
  };

static const struct conf_option default_options[] =
  {
    { "signer", false, take_signer },
    { "port", false, take_port },
    { "ports", false, take_ports },
    SETTINGS,
    { NULL, false, NULL }
  };

static const struct conf_option no_options[] = { { NULL, false, NULL } };

static const struct conf_section sections[] =
  {
    { "default", default_options, begin_default, NULL, true, NULL },
    { "host", host_options, begin_host, finish_host, false, NULL },
    { NULL, NULL, NULL, NULL, false, NULL }
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
