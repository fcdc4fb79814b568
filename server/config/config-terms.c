/* config-terms.c - The hash of a rule or a command, whatever else changes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What waits for approval ends when the rule or command that it was asked
 * under becomes another; that a person joins changes neither.  Which options
 * count the tables say.  */

#include "config-parts.h"

#include <stdlib.h>
#include <gcrypt.h>


gpg_error_t
config_terms_hash (const struct config_rule *rule,
                   const struct config_command *command,
                   unsigned char hash[CONFIG_HASHLEN])
{
  char *text = NULL;
  size_t len;
  FILE *fp = open_memstream (&text, &len);
  gpg_error_t err = 0;

  if (!fp)
    return gpg_error_from_syserror ();
  if (command)
    conf_write_terms (config_command_section, command, fp);
  else
    conf_write_terms (config_rule_section, rule, fp);
  if (fclose (fp))
    err = gpg_error_from_syserror ();
  else
    gcry_md_hash_buffer (GCRY_MD_SHA256, hash, text, len);
  free (text);
  return err;
}
