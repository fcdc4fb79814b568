/* config-packets.c - The kind of values that are packets of OpenPGP.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whoever uses them parses them; here they are bytes in base64.  */

#include "config-parts.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"


static bool
has_packet (const struct config_s *config, const char *text)
{
  size_t i;

  for (i = 0; i < config->n_encryption_keys; i++)
    if (!strcmp (config->encryption_key[i].text, text))
      return true;
  return false;
}


CONF_TAKE (packets)
{
  config_t config = field;
  struct config_packet *packet;
  unsigned char data[CONFIG_MAX_PACKET];
  gpg_error_t err;
  size_t len;

  if (decode_base64 (text, strlen (text), data, sizeof data, &len) || !len)
    return conf_fail (place, "'%.60s' is not 1 to %d bytes in base64; remove"
                      " it, and 'postern-keys check' prints what belongs"
                      " here", text, CONFIG_MAX_PACKET);
  if (has_packet (config, text))
    return conf_fail (place, "'%.60s' is repeated", text);
  if (config->n_encryption_keys == option->most)
    return conf_fail (place, "more than %llu items", option->most);
  err = array_grow (&config->encryption_key, config->n_encryption_keys,
                    sizeof *config->encryption_key);
  if (err)
    return err;
  packet = config->encryption_key + config->n_encryption_keys++;
  packet->text = strdup (text);
  packet->data = malloc (len);
  if (!packet->text || !packet->data)
    return gpg_error_from_syserror ();
  memcpy (packet->data, data, len);
  packet->len = len;
  return 0;
}


CONF_TEXT (packets)
{
  const struct config_s *config = field;

  return i < config->n_encryption_keys ? config->encryption_key[i].text : NULL;
}


CONF_RELEASE (packets)
{
  config_t config = field;

  while (config->n_encryption_keys)
    {
      free (config->encryption_key[--config->n_encryption_keys].data);
      free (config->encryption_key[config->n_encryption_keys].text);
    }
  free (config->encryption_key);
  config->encryption_key = NULL;
}


const struct conf_kind config_kind_packets =
  { 0, true, false, take_packets, text_packets, release_packets };
