/* profile-text.c - hosts.conf: its one reader and writer.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Read by the same strict reader as the server's configuration: a repeated
 * host or option, "${", or an unknown name is an error with its line.  */

#include "profile-parts.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "../common/config-parts.h"
#include "../common/encode.h"

#define MAX_NUMBER ((1ULL << 53) - 1)

/* The reader hands a config_t to our functions: the first member.  */
struct loader
{
  struct config_s config;
  profile_t profile;
};


static gpg_error_t
take_name (const struct config_place *place, const char *text, char *buf)
{
  size_t len = strlen (text);

  if (!netspec_name_valid (text, len))
    return config_fail (place, "'%s' is no name; names are [a-z0-9._-],"
                        " at most %d characters", text, NETSPEC_NAMELEN);
  memcpy (buf, text, len + 1);
  return 0;
}


static gpg_error_t
take_host (const struct config_place *place, void *object, const char *text)
{
  return take_name (place, text, ((struct profile_host *) object)->host);
}


static gpg_error_t
take_user (const struct config_place *place, void *object, const char *text)
{
  return take_name (place, text, ((struct profile_host *) object)->user);
}


static gpg_error_t
take_door (const struct config_place *place, void *object, const char *text)
{
  return take_name (place, text, ((struct profile_host *) object)->door);
}


static gpg_error_t
take_server (const struct config_place *place, void *object,
             const char *text)
{
  return config_value_fpr (place, text,
                           ((struct profile_host *) object)->server);
}


static gpg_error_t
take_signer (const struct config_place *place, void *object,
             const char *text)
{
  return config_value_fpr (place, text,
                           ((struct profile_host *) object)->signer);
}


static gpg_error_t
take_address (const struct config_place *place, void *object,
              const char *text)
{
  struct profile_host *host = object;
  size_t len = strlen (text);

  if (host->n_addresses == INVITE_MAX_ADDRESSES)
    return config_fail (place, "more than %d addresses",
                        INVITE_MAX_ADDRESSES);
  if (len > INVITE_ADDRLEN || !invite_address_valid (text, len))
    return config_fail (place, "'%s' is neither a host name nor an address",
                        text);
  memcpy (host->address[host->n_addresses++], text, len + 1);
  return 0;
}


static gpg_error_t
take_ports (const struct config_place *place, void *object,
            const char *text)
{
  struct profile_host *host = object;

  if (netspec_ports_parse (text, &host->ports))
    return config_fail (place, "'%s' is not like tcp/22,udp/60000-60010",
                        text);
  return 0;
}


static gpg_error_t
take_port (const struct config_place *place, void *object, const char *text)
{
  unsigned long long value;
  gpg_error_t err = config_value_number (place, text, 1, 65535, &value);

  if (!err)
    ((struct profile_host *) object)->port = (uint16_t) value;
  return err;
}


static gpg_error_t
take_credential (const struct config_place *place, void *object,
                 const char *text)
{
  struct profile_host *host = object;

  if (!invite_credential_valid (text))
    return config_fail (place, "'%.60s' is neither crypt, shadow nor ldap",
                        text);
  gpgrt_snprintf (host->credential, sizeof host->credential, "%s", text);
  return 0;
}


/* One more argument of the command that prints the password.  */
static gpg_error_t
take_command (const struct config_place *place, void *object,
              const char *text)
{
  struct profile_host *host = object;
  size_t len = strlen (text) + 1;

  if (!host->command_len && !*text)
    return config_fail (place, "it begins with no program");
  if (len > sizeof host->command - host->command_len)
    return config_fail (place, "longer than %zu bytes",
                        sizeof host->command);
  memcpy (host->command + host->command_len, text, len);
  host->command_len += len;
  return 0;
}


static gpg_error_t
take_u64 (const struct config_place *place, const char *text,
          uint64_t *r_value)
{
  unsigned long long value;
  gpg_error_t err = config_value_number (place, text, 0, MAX_NUMBER, &value);

  if (!err)
    *r_value = value;
  return err;
}


static gpg_error_t
take_door_ends (const struct config_place *place, void *object,
                const char *text)
{
  return take_u64 (place, text,
                   &((struct profile_host *) object)->door_ends);
}


static gpg_error_t
take_serial (const struct config_place *place, void *object,
             const char *text)
{
  return take_u64 (place, text, &((struct profile_host *) object)->serial);
}


static gpg_error_t
take_joined (const struct config_place *place, void *object,
             const char *text)
{
  return take_u64 (place, text, &((struct profile_host *) object)->joined);
}


static gpg_error_t
begin_host (const struct config_place *place, config_t config,
            const char *title, void **r_object)
{
  profile_t profile = ((struct loader *) (void *) config)->profile;
  struct profile_host *host;
  gpg_error_t err;

  if (profile->n == PROFILE_MAX_HOSTS)
    return config_fail (place, "more than %d hosts", PROFILE_MAX_HOSTS);
  err = config_value_grow (&profile->host, profile->n, sizeof *host);
  if (err)
    return config_fail_with (err, place, "%s", gpg_strerror (err));
  host = profile->host + profile->n++;
  host->port = 62201;
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
  if (!*host->signer)
    return "signer";
  return NULL;
}


static gpg_error_t
finish_host (const struct config_place *place, config_t config,
             void *object)
{
  struct profile_host *host = object;
  const char *missing = missing_option (host);

  (void) config;
  if (missing)
    return config_fail (place, "host '%s' has no '%s'; join it again",
                        host->name, missing);
  if (!*host->host)
    memcpy (host->host, host->name, sizeof host->host);
  return 0;
}


static const struct config_option host_options[] =
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
    { "password-command", true, take_command },
    { "serial", false, take_serial },
    { "joined", false, take_joined },
    { NULL, false, NULL }
  };

static const struct config_option no_options[] = { { NULL, false, NULL } };

static const struct config_section sections[] =
  {
    { "host", host_options, begin_host, finish_host },
    { NULL, NULL, NULL, NULL }
  };

static const struct config_grammar grammar =
  { "hosts.conf", no_options, sections, NULL };


gpg_error_t
profile_parse (profile_t profile, const char *file, char *text, size_t len,
               char **r_message)
{
  struct loader loader;

  memset (&loader, 0, sizeof loader);
  loader.profile = profile;
  return config_parse (file, text, len, &grammar, &loader.config, r_message);
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


/* Arguments that the reader would take, in one line each.  */
static bool
is_command (const struct profile_host *host)
{
  size_t i, len = host->command_len;

  if (len > sizeof host->command
      || (len && (!*host->command || host->command[len - 1])))
    return false;
  for (i = 0; i < len; i++)
    if (host->command[i] && host->command[i] != '\t'
        && ((unsigned char) host->command[i] < 0x20
            || host->command[i] == 0x7f))
      return false;
  return true;
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
  else if (!is_command (host))
    bad = "password-command";
  else if (host->door_ends > MAX_NUMBER || host->serial > MAX_NUMBER
           || host->joined > MAX_NUMBER)
    bad = "number";
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


/* TEXT in single quotes, in which two characters need a backslash.  */
static void
write_quoted (gpgrt_stream_t out, const char *text)
{
  gpgrt_fputc ('\'', out);
  for (; *text; text++)
    {
      if (*text == '\'' || *text == '\\')
        gpgrt_fputc ('\\', out);
      gpgrt_fputc (*text, out);
    }
  gpgrt_fputc ('\'', out);
}


static void
write_command (gpgrt_stream_t out, const struct profile_host *host)
{
  size_t at;

  gpgrt_fprintf (out, "  password-command = {");
  for (at = 0; at < host->command_len; at += strlen (host->command + at) + 1)
    {
      if (at)
        gpgrt_fprintf (out, ", ");
      write_quoted (out, host->command + at);
    }
  gpgrt_fprintf (out, "}\n");
}


static void
write_host (gpgrt_stream_t out, const struct profile_host *host)
{
  char ports[NETSPEC_PORTSTRLEN];
  unsigned int i;

  gpgrt_fprintf (out, "\nhost %s {\n", host->name);
  if (strcmp (host->name, host->host))
    gpgrt_fprintf (out, "  host      = '%s'\n", host->host);
  gpgrt_fprintf (out, "  address   = {");
  for (i = 0; i < host->n_addresses; i++)
    gpgrt_fprintf (out, "%s'%s'", i ? ", " : "", host->address[i]);
  gpgrt_fprintf (out, "}\n  port      = %u\n", (unsigned int) host->port);
  gpgrt_fprintf (out, "  server    = '%s'\n  signer    = '%s'\n",
                 host->server, host->signer);
  if (*host->user)
    gpgrt_fprintf (out, "  user      = '%s'\n", host->user);
  if (*host->door)
    gpgrt_fprintf (out, "  door      = '%s'\n", host->door);
  gpgrt_fprintf (out, "  door-ends = %" PRIu64 "\n", host->door_ends);
  if (host->ports.n)
    gpgrt_fprintf (out, "  ports     = '%s'\n",
                   netspec_ports_print (&host->ports, ports));
  if (*host->credential)
    gpgrt_fprintf (out, "  credential = '%s'\n", host->credential);
  if (host->command_len)
    write_command (out, host);
  gpgrt_fprintf (out, "  serial    = %" PRIu64 "\n  joined    = %" PRIu64
                 "\n}\n", host->serial, host->joined);
}


gpg_error_t
profile_write (profile_t profile, char **r_text, size_t *r_len)
{
  gpgrt_stream_t out;
  void *text;
  size_t i;

  *r_text = NULL;
  *r_len = 0;
  out = gpgrt_fopenmem (0, "w+b");
  if (!out)
    return gpg_error_from_syserror ();
  gpgrt_fprintf (out, "# The hosts that you have joined; 'postern join'"
                 " writes this file anew;\n# a password-command of yours stays.\n");
  for (i = 0; i < profile->n; i++)
    write_host (out, profile->host + i);
  if (gpgrt_fclose_snatch (out, &text, r_len))
    return gpg_error_from_syserror ();
  *r_text = text;
  return 0;
}
