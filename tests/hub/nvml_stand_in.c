/* A stand-in for NVIDIA's management library: a whole card, and one that is cut into two slices. Only what Labdeck asks
   for. With -DINIT_ANSWER=9 the driver is "not loaded". */

#include <stdio.h>
#include <string.h>

#ifndef INIT_ANSWER
#define INIT_ANSWER 0
#endif

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6 };

struct device { const char *uuid, *name; unsigned long long total, used; int busy, temperature, cut; };
struct memory { unsigned version; unsigned long long total, reserved, free, used; };
struct utilization { unsigned gpu, memory; };

static struct device whole = { "GPU-11111111-2222-3333-4444-555555555555", "NVIDIA L4", 24ull << 30, 3ull << 30, 42, 61, 0 };
static struct device parent = { "GPU-66666666-7777-8888-9999-000000000000", "NVIDIA A100", 40ull << 30, 0, 0, 35, 1 };
static struct device slices[2] = {
  { "MIG-aaaaaaaa-1111-2222-3333-444444444444", "NVIDIA A100 MIG 3g.20gb", 20ull << 30, 1ull << 30, -1, -1, 0 },
  { "MIG-bbbbbbbb-1111-2222-3333-444444444444", "NVIDIA A100 MIG 3g.20gb", 20ull << 30, 0, -1, -1, 0 },
};

int nvmlInit_v2(void) { return INIT_ANSWER; }
int nvmlShutdown(void) { return OK; }

static int text(char *to, unsigned length, const char *from) {
  if (strlen(from) >= length) return 7;
  strcpy(to, from);
  return OK;
}

int nvmlSystemGetDriverVersion(char *to, unsigned length) { return text(to, length, "550.90.07"); }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return OK; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, struct device **device) {
  if (index > 1) return INVALID;
  *device = index == 0 ? &whole : &parent;
  return OK;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, struct device **device) {
  struct device *all[] = { &whole, &parent, &slices[0], &slices[1] };
  for (int i = 0; i < 4; i++)
    if (strcmp(all[i]->uuid, uuid) == 0) { *device = all[i]; return OK; }
  return NOT_FOUND;
}

int nvmlDeviceGetUUID(struct device *device, char *to, unsigned length) { return text(to, length, device->uuid); }
int nvmlDeviceGetName(struct device *device, char *to, unsigned length) { return text(to, length, device->name); }

int nvmlDeviceGetMemoryInfo_v2(struct device *device, struct memory *memory) {
  memory->total = device->total;
  memory->used = device->used;
  memory->reserved = 0;
  memory->free = device->total - device->used;
  return OK;
}

int nvmlDeviceGetUtilizationRates(struct device *device, struct utilization *rates) {
  if (device->busy < 0) return NOT_SUPPORTED;
  rates->gpu = (unsigned)device->busy;
  rates->memory = 10;
  return OK;
}

int nvmlDeviceGetTemperature(struct device *device, int sensor, unsigned *degrees) {
  if (device->temperature < 0 || sensor != 0) return NOT_SUPPORTED;
  *degrees = (unsigned)device->temperature;
  return OK;
}

int nvmlDeviceGetMigMode(struct device *device, unsigned *current, unsigned *pending) {
  if (!device->cut) return NOT_SUPPORTED;
  *current = *pending = 1;
  return OK;
}

/* As on a real A100: room for seven, of which two are made. */
int nvmlDeviceGetMaxMigDeviceCount(struct device *device, unsigned *count) { *count = device->cut ? 7 : 0; return OK; }

int nvmlDeviceGetMigDeviceHandleByIndex(struct device *device, unsigned index, struct device **slice) {
  if (!device->cut || index > 1) return NOT_FOUND;
  *slice = &slices[index];
  return OK;
}
