/* host-options.c - The options of a host: one table.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "host-options.h"

#include <string.h>

#define MAX_SERIAL ((1ULL << 53) - 1)
#define HOST struct profile_host
#define SETTINGS_OF(field) (&((HOST *) (uintptr_t) (field))->settings)


CONF_TAKE (credential)
{
  if (!invite_credential_valid (text))
    return conf_fail (place, "'%.60s' is neither crypt, shadow nor ldap",
                      text);
  gpgrt_snprintf (field, NETSPEC_NAMELEN + 1, "%s", text);
  return 0;
}


CONF_TEXT (credential)
{
  return *(const char *) field ? field : NULL;
}


CONF_TAKE (ports)
{
  if (netspec_ports_parse (text, field))
    return conf_fail (place, "'%s' is not like tcp/22,udp/60000-60010", text);
  return 0;
}


CONF_TEXT (ports)
{
  const struct port_set *ports = field;

  return ports->n ? netspec_ports_print (ports, buf) : NULL;
}


/* In these two 0 means none, and may be written.  */

CONF_TAKE (serial)
{
  return conf_number.take (place, option, field, text);
}


CONF_TAKE (when)
{
  return conf_time.take (place, option, field, text);
}


CONF_TEXT (unless_0)
{
  return *(const uint64_t *) field ? conf_number.text (option, field, i, buf)
    : NULL;
}


/* For these FIELD is the whole host.  */

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


CONF_TEXT (address)
{
  const struct profile_host *host = field;

  return i < host->n_addresses ? host->address[i] : NULL;
}


CONF_RELEASE (address)
{
  ((struct profile_host *) field)->n_addresses = 0;
}


/* One more argument of the command that prints the password.  */
CONF_TAKE (command)
{
  struct profile_settings *settings = SETTINGS_OF (field);
  size_t len = strlen (text) + 1;

  if (!settings->command_len && !*text)
    return conf_fail (place, "it does not begin with a program");
  if (len > sizeof settings->command - settings->command_len)
    return conf_fail (place, "longer than %zu bytes",
                      sizeof settings->command);
  memcpy (settings->command + settings->command_len, text, len);
  settings->command_len += len;
  return 0;
}


CONF_TEXT (command)
{
  const struct profile_settings *settings = SETTINGS_OF (field);
  const char *item = settings->command;
  const char *end = item + settings->command_len;

  for (; item < end && i; i--)
    item += strlen (item) + 1;
  return item < end ? item : NULL;
}


CONF_RELEASE (command)
{
  ((struct profile_host *) field)->settings.command_len = 0;
}


/* An option that may be given as zero has a bit that says that it is given.  */

CONF_TAKE (family)
{
  struct profile_settings *settings = SETTINGS_OF (field);

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


CONF_TEXT (family)
{
  const struct profile_settings *settings = SETTINGS_OF (field);

  if (!(settings->set & OPTION_FAMILY))
    return NULL;
  return settings->family == AF_INET ? "ipv4"
    : settings->family == AF_INET6 ? "ipv6" : "any";
}


CONF_TAKE (source)
{
  struct profile_settings *settings = SETTINGS_OF (field);

  settings->set |= OPTION_SOURCE;
  memset (&settings->source, 0, sizeof settings->source);
  if (!strcmp (text, "observed"))
    return 0;
  if (netspec_addr_parse (text, &settings->source)
      || !netspec_addr_grantable (&settings->source))
    return conf_fail (place, "'%.60s' is neither 'observed' nor an address"
                      " that anybody can connect from", text);
  return 0;
}


CONF_TEXT (source)
{
  const struct profile_settings *settings = SETTINGS_OF (field);

  if (!(settings->set & OPTION_SOURCE))
    return NULL;
  return settings->source.family
    ? netspec_addr_print (&settings->source, buf) : "observed";
}


CONF_TAKE (no_bind)
{
  struct profile_settings *settings = SETTINGS_OF (field);

  settings->set |= OPTION_NO_BIND;
  return conf_bool.take (place, option, &settings->no_bind, text);
}


CONF_TEXT (no_bind)
{
  const struct profile_settings *settings = SETTINGS_OF (field);

  if (!(settings->set & OPTION_NO_BIND))
    return NULL;
  return settings->no_bind ? "true" : "false";
}


static const struct conf_kind kind_credential =
  { .take = take_credential, .text = text_credential };
static const struct conf_kind kind_ports =
  { .take = take_ports, .text = text_ports };
static const struct conf_kind kind_serial =
  { .bare = true, .take = take_serial, .text = text_unless_0 };
static const struct conf_kind kind_when =
  { .bare = true, .take = take_when, .text = text_unless_0 };
static const struct conf_kind kind_address =
  { .list = true, .take = take_address, .text = text_address,
    .release = release_address };
static const struct conf_kind kind_command =
  { .list = true, .take = take_command, .text = text_command,
    .release = release_command };
static const struct conf_kind kind_family =
  { .take = take_family, .text = text_family };
static const struct conf_kind kind_source =
  { .take = take_source, .text = text_source };
static const struct conf_kind kind_no_bind =
  { .bare = true, .take = take_no_bind, .text = text_no_bind };

/* What an invite says, ...  */
#define JOINED \
  CONF_OPTION ("host", conf_name_buf, HOST, host, \
               "what the host calls itself"), \
  CONF_OPTION_OF ("address", kind_address, "host names or addresses"), \
  CONF_OPTION ("server", conf_fpr, HOST, server, \
               "the fingerprint of the server's key"), \
  CONF_OPTION ("user", conf_name_buf, HOST, user, \
               "your name on that server"), \
  CONF_OPTION ("door", conf_name_buf, HOST, door, \
               "the door that your key is for"), \
  CONF_OPTION ("door-ends", kind_when, HOST, door_ends, "when it ends"), \
  CONF_OPTION ("credential", kind_credential, HOST, credential, \
               "which password a rule there requires"), \
  CONF_OPTION ("serial", kind_serial, HOST, serial, \
               "the number of the invite", .most = MAX_SERIAL), \
  CONF_OPTION ("joined", kind_when, HOST, joined, "when you joined it")

/* ... what you may also set for all hosts, ...  */
#define BOTH \
  CONF_OPTION ("signer", conf_fpr, HOST, signer, \
               "the fingerprint of your key"), \
  CONF_OPTION ("port", conf_number, HOST, port, \
               "the UDP port of its packets", .least = 1, .most = 65535), \
  CONF_OPTION ("ports", kind_ports, HOST, ports, \
               "what 'open' asks for if no ports are named")

/* ... and what only you set.  */
#define SETTINGS \
  CONF_OPTION ("for", conf_duration, HOST, settings.seconds, \
               "how long new connections may be made", .least = 1, \
               .most = OPTIONS_MAX_FOR), \
  CONF_OPTION_OF ("source", kind_source, "who may connect"), \
  CONF_OPTION_OF ("family", kind_family, "IPv4 or IPv6 only"), \
  CONF_OPTION ("timeout", conf_duration, HOST, settings.timeout, \
               "how long to wait for replies", .least = 1, \
               .most = OPTIONS_MAX_WAIT), \
  CONF_OPTION_OF ("no-bind", kind_no_bind, "from any source port"), \
  CONF_OPTION_OF ("password-command", kind_command, \
                  "a program that prints the password")

const struct conf_option host_options[] =
  {
    CONF_OPTION ("name", conf_name_buf, HOST, name, "what you call it",
                 .flags = CONF_TITLE),
    JOINED, BOTH, SETTINGS, CONF_END
  };

const struct conf_option host_options_joined[] = { JOINED, BOTH, CONF_END };

const struct conf_option host_options_settings[] = { SETTINGS, CONF_END };

const struct conf_option host_options_default[]
  = { BOTH, SETTINGS, CONF_END };


void
host_option_clear (const struct conf_option *option,
                   struct profile_host *host)
{
  void *field = (char *) host + option->offset;

  if (option->kind->release)
    option->kind->release (option, field);
  else if (option->size)
    memset (field, 0, option->size);
}


/* No option allocates memory, and a value that was accepted once is valid.  */
void
host_option_copy (const struct conf_option *option, struct profile_host *to,
                  const struct profile_host *from)
{
  struct conf_place place = { "", 0, NULL, NULL };
  char buf[CONF_TEXTLEN];
  const char *text;
  size_t i;

  if (!conf_is_given (option, from))
    return;
  host_option_clear (option, to);
  for (i = 0; (text = conf_text (option, from, i, buf)); i++)
    conf_take (&place, option, to, text);
}
