/* Values of the examples in the API description. */
export const PASSWORD = "a lantern by the river";

export const USER = {
  id: "5f0c4a52-9c1f-4f2e-8a55-0d7a3f1c2b90",
  email: "ada@example.org",
  name: "Ada",
  created_at: "2026-11-20T08:00:00.000Z",
  updated_at: "2026-11-20T08:00:00.000Z",
};

export const TASK = {
  id: 1,
  user_id: USER.id,
  title: "Water the fern",
  description: "Not the cactus",
  completed: false,
  completed_at: null,
  created_at: "2026-11-20T08:15:00.000Z",
  updated_at: "2026-11-20T08:15:00.000Z",
  version: 1,
};

export const SESSION = {
  id: "0b7e3f1a-6c1d-4f0e-9a51-2f4d8f6f7b11",
  device: "Firefox on Linux",
  address: "192.0.2.1",
  created_at: "2026-11-20T08:00:00.000Z",
  last_used_at: "2026-11-20T08:15:00.000Z",
  expires_at: "2026-11-27T08:00:00.000Z",
};

export const ACCESS_TOKEN = {
  id: "c2a8f4d6-3b1e-4c7a-8d2f-91b0e6a7c3d4",
  name: "Calendar",
  scope: "tasks:read",
  created_at: "2026-11-20T08:00:00.000Z",
  expires_at: "2027-02-18T08:00:00.000Z",
  last_used_at: "2026-11-20T08:15:00.000Z",
};
