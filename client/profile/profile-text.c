/* profile-text.c - hosts.conf and hosts.d: their texts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Read by the same strict reader as the server's configuration: a repeated
 * host or option, "${", or an unknown name is an error with its line.  */

#include "profile-parts.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char joined_heading[] =
  "# Written by 'postern join', as a whole.  Your own settings go into\n"
  "# hosts.conf; see postern-hosts.conf(5).\n";

static const char own_heading[] =
  "# Your settings for the hosts that you have joined.  This file is yours;\n"
  "# see postern-hosts.conf(5).  The hosts themselves are in hosts.d, and\n"
  "# hosts.conf.old is what this file was before, with its comments.\n";

static const struct conf_option no_options[] = { CONF_END };

static const struct conf_section own_sections[] =
  {
    { .name = "default", .options = host_options_default, .single = true,
      .offset = offsetof (struct profile_s, defaults) },
    { .name = "host", .options = host_options, .most = PROFILE_MAX_HOSTS,
      .offset = offsetof (struct profile_s, own),
      .n_offset = offsetof (struct profile_s, n_own),
      .size = sizeof (struct profile_host) },
    { .name = NULL }
  };

static const struct conf_grammar own_file =
  { "hosts.conf", no_options, own_sections, NULL };

/* For the hint that an option belongs there.  */
static const struct conf_grammar own_options =
  { "hosts.conf", host_options_default, own_sections, NULL };

static const struct conf_grammar joined_file =
  { "hosts.d", host_options_joined, NULL, &own_options };


bool
profile_is_whole (const struct profile_host *own)
{
  return *own->server;
}


const char *
profile_missing_option (const struct profile_host *host)
{
  return !host->n_addresses ? "address" : !*host->server ? "server" : NULL;
}


gpg_error_t
profile_parse_own (profile_t profile, const char *file, const char *text,
                   size_t len, char **r_message)
{
  return conf_parse (file, text, len, &own_file, profile, r_message);
}


gpg_error_t
profile_parse_joined (struct profile_host *host, const char *file,
                      const char *text, size_t len, char **r_message)
{
  struct conf_place place = { file, 0, NULL, r_message };
  const char *missing;
  gpg_error_t err;

  err = conf_parse (file, text, len, &joined_file, host, r_message);
  missing = profile_missing_option (host);
  if (!err && missing)
    err = conf_fail (&place, "host '%s' has no '%s'; join it again",
                     host->name, missing);
  return err;
}


/* The HEADING and what OBJECT has.  */
static gpg_error_t
print_profile_text (const char *heading, const struct conf_option *options,
                    const struct conf_section *sections, const void *object,
                    char **r_text)
{
  char *text = NULL;
  size_t len;
  FILE *out = open_memstream (&text, &len);
  bool bad;

  *r_text = NULL;
  if (!out)
    return gpg_error_from_syserror ();
  fputs (heading, out);
  conf_dump (options, sections, object, out);
  bad = ferror (out);
  if (fclose (out) || bad)
    {
      free (text);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  *r_text = text;
  return 0;
}


/* The text is read back first: no file must be written that the next run
   cannot read, or would read as something else.  */
gpg_error_t
profile_print_joined (const struct profile_host *host, char **r_text,
                      char **r_message)
{
  struct profile_host back;
  char *again = NULL;
  gpg_error_t err;

  memset (&back, 0, sizeof back);
  memcpy (back.name, host->name, sizeof back.name);
  err = print_profile_text (joined_heading, host_options_joined, NULL, host,
                            r_text);
  if (!err)
    err = profile_parse_joined (&back, "not stored", *r_text,
                                strlen (*r_text), r_message);
  if (!err)
    err = print_profile_text (joined_heading, host_options_joined, NULL, &back,
                              &again);
  if (!err && strcmp (*r_text, again))
    {
      *r_message = gpgrt_bsprintf ("not stored: a value is not valid");
      err = gpg_error (GPG_ERR_INV_VALUE);
    }
  free (again);
  if (err)
    {
      free (*r_text);
      *r_text = NULL;
    }
  return err;
}


gpg_error_t
profile_print_own (profile_t profile, char **r_text)
{
  return print_profile_text (own_heading, no_options, own_sections, profile,
                             r_text);
}
