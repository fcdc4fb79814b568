/* fuzz-frame.c - Frames of any kind, as they come from the network.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The first byte chooses the link type, the rest is the frame.  Besides
 * not failing: what decap takes for the port the kernel's filter must let
 * through, and its payload must lie in the frame.  */

#include "../../server/capture/decap.h"

#include <stdlib.h>
#include <string.h>
#include "../../server/capture/admit.h"
#include "../../server/capture/filter.h"
#include "../../common/base/secret.h"

#define PORT 62201

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const int dlts[] = {
  DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW, 101, DLT_IPV4,
  DLT_IPV6, DLT_NULL, DLT_LOOP
};


static admit_t
new_admit (void)
{
  static const unsigned char key[SEAL_KEYLEN] = { 1 };
  struct admit_key door = { NULL, 0, "main", 0, false };
  admit_t admit;

  if (secret_init (16384) || seal_new (key, &door.seal)
      || admit_new (&door, 1, true, &admit))
    abort ();
  return admit;
}


static void
check_payload (const struct decap *d, const uint8_t *frame, size_t len)
{
  static admit_t admit;
  struct packet_origin origin = { .src = d->src, .dst = d->dst };
  struct packet_sealed sealed;

  if (d->payload < frame || d->payload + d->len > frame + len)
    abort ();
  if (!admit)
    admit = new_admit ();
  admit_take (admit, &origin, d->payload, d->len);
  if (admit_next (admit, &sealed))
    admit_done (admit);
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const struct decap_link *link;
  struct pcap_pkthdr header;
  struct filter filter;
  struct decap d;

  if (!size)
    return 0;
  link = decap_link (dlts[data[0] % (sizeof dlts / sizeof dlts[0])]);
  data++;
  size--;
  if (decap_frame (link, data, size, &d))
    return 0;
  memset (&header, 0, sizeof header);
  header.len = header.caplen = (bpf_u_int32)size;
  filter_make (&filter, link, PORT);
  if (!pcap_offline_filter (&filter.program, &header, data)
      != (d.dport != PORT))
    abort ();
  check_payload (&d, data, size);
  return 0;
}
